import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findFfmpeg } from '../../../src/pipeline/video/index.js';
import type { Reported } from '../inHost/index.js';
import { VsCodeServer } from './server.js';
import { Window } from './window.js';
import { freshWorkspace } from './workspace.js';

/*
 * Runs the suite of test/vscode/inHost inside the extension host of the rig's VS Code and prints what it reports.
 * On a desktop test/electron/run.mjs does the same in Electron.
 */

const limitMs = 25 * 60_000;
const testsFolder = path.resolve('output', 'vscode-tests');

async function run(): Promise<{ passed: number; failed: number }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-in-host-'));
  const report = path.join(folder, 'report.jsonl');
  const workspace = freshWorkspace();
  const { ffmpeg, ffprobe } = await findFfmpeg();
  const server = await VsCodeServer.start({
    env: {
      FRAMELOOM_TEST_FFMPEG: ffmpeg,
      FRAMELOOM_TEST_FFPROBE: ffprobe,
      FRAMELOOM_TEST_REPORT: report,
      FRAMELOOM_TEST_GREP: process.env.FRAMELOOM_TEST_GREP ?? '',
    },
  });
  try {
    const window = await Window.open(server, workspace, {
      extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? process.cwd(),
      extensionTestsPath: testsFolder,
    });
    const counted = await followReport(report);
    await window.close();
    return counted;
  } catch (error) {
    console.error(server.log);
    throw error;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** Prints every test as it is done, until the suite says that it ended. */
async function followReport(report: string): Promise<{ passed: number; failed: number }> {
  const counted = { passed: 0, failed: 0 };
  const started = Date.now();
  for (let printed = 0; Date.now() - started < limitMs; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines.slice(printed)) {
      const test = JSON.parse(line) as Reported;
      if (test.kind === 'end') return counted;
      counted[test.kind === 'passed' ? 'passed' : 'failed']++;
      console.log(
        `  ${test.kind === 'passed' ? '✔' : '✘'} ${test.title} (${test.ms} ms)${test.error ? `\n${test.error.replace(/^/gm, '      ')}` : ''}`,
      );
    }
    printed = lines.length;
  }
  throw new Error(`The suite inside the extension host did not end within ${limitMs / 60_000} minutes.`);
}

void run()
  .catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  })
  .then((counted) => {
    if (process.env.FRAMELOOM_TEST_RESULTS) writeFileSync(process.env.FRAMELOOM_TEST_RESULTS, JSON.stringify(counted));
    process.exit(counted.failed > 0 ? 1 : 0);
  });
