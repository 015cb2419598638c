import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { VsCodeServer } from './server.js';
import { Window } from './window.js';
import { freshWorkspace } from './workspace.js';

/* Runs bench/inHost inside the extension host of the rig's VS Code, until it has written its numbers. */

const limitMs = 5 * 60_000;
const report = process.env.FRAMELOOM_BENCH_REPORT!;

async function measure(): Promise<void> {
  const workspace = freshWorkspace();
  const server = await VsCodeServer.start({ env: { FRAMELOOM_BENCH_REPORT: report } });
  try {
    const window = await Window.open(server, workspace, {
      extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd(),
      extensionTestsPath: path.resolve('output', 'vscode-bench'),
    });
    for (const end = Date.now() + limitMs; !existsSync(report); await new Promise((resolve) => setTimeout(resolve, 250))) {
      if (Date.now() > end) throw new Error(`The measurements did not end within ${limitMs / 60_000} minutes.\n${server.log}`);
    }
    await window.close();
  } finally {
    await server.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

void measure()
  .then(
    () => ({ passed: 1, failed: 0 }),
    (error: unknown) => {
      console.error(error);
      return { passed: 0, failed: 1 };
    },
  )
  .then((counted) => {
    if (process.env.FRAMELOOM_TEST_RESULTS) writeFileSync(process.env.FRAMELOOM_TEST_RESULTS, JSON.stringify(counted));
    process.exit(counted.failed);
  });
