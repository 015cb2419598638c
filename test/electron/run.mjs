// Runs the suite of test/vscode/inHost in a desktop VS Code, which @vscode/test-electron downloads once.
//   npm run build && npm run test:electron
// Without internet access set FRAMELOOM_VSCODE_EXECUTABLE to the VS Code of this computer.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { bundleInHostTests, inHostTestsFolder } from '../vscode/rig/bundleInHostTests.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const workspace = mkdtempSync(path.join(os.tmpdir(), 'frameloom-workspace-'));
const samples = path.join(root, 'media', 'samples');
for (const name of readdirSync(samples)) if (name.endsWith('.mp4')) cpSync(path.join(samples, name), path.join(workspace, name));

try {
  await bundleInHostTests();
  process.exitCode = await runTests({
    vscodeExecutablePath: process.env.FRAMELOOM_VSCODE_EXECUTABLE,
    extensionDevelopmentPath: process.env.FRAMELOOM_TEST_EXTENSION ?? root,
    extensionTestsPath: inHostTestsFolder,
    extensionTestsEnv: { FRAMELOOM_TEST_GREP: process.env.FRAMELOOM_TEST_GREP ?? '' },
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
