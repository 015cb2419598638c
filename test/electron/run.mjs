// Runs the suite of test/vscode/inHost in a desktop VS Code, which @vscode/test-electron downloads once.
//   npm run build && npm run test:electron
// Without internet access set FRAMELOOM_VSCODE_EXECUTABLE to the VS Code of this computer.
// FRAMELOOM_TEST_RESULTS names a file that gets {"passed","failed"}; `npm test` on macOS and Windows asks for it.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { bundleInHostTests, inHostTestsFolder } from '../vscode/rig/bundleInHostTests.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const workspace = mkdtempSync(path.join(os.tmpdir(), 'frameloom-workspace-'));
const reports = mkdtempSync(path.join(os.tmpdir(), 'frameloom-in-host-'));
const report = path.join(reports, 'report.jsonl');
const samples = path.join(root, 'media', 'samples');
for (const name of readdirSync(samples)) if (name.endsWith('.mp4')) cpSync(path.join(samples, name), path.join(workspace, name));

try {
  await bundleInHostTests();
  process.exitCode = await runTests({
    vscodeExecutablePath: process.env.FRAMELOOM_VSCODE_EXECUTABLE,
    extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? root,
    extensionTestsPath: inHostTestsFolder,
    extensionTestsEnv: { FRAMELOOM_TEST_GREP: process.env.FRAMELOOM_TEST_GREP ?? '', FRAMELOOM_TEST_REPORT: report },
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  if (process.env.FRAMELOOM_TEST_RESULTS) writeFileSync(process.env.FRAMELOOM_TEST_RESULTS, JSON.stringify(counted()));
  rmSync(reports, { recursive: true, force: true });
  rmSync(workspace, { recursive: true, force: true });
}

/** What the suite reported, test by test. */
function counted() {
  const kinds = existsSync(report)
    ? readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).kind)
    : [];
  return { passed: kinds.filter((kind) => kind === 'passed').length, failed: kinds.filter((kind) => kind === 'failed').length };
}
