// Runs the tests in a real VS Code. Build first (npm run build); VS Code sets itself up on the first run.
//   node test/vscode/launch.mjs                      all of them
//   node test/vscode/launch.mjs in-host              those that run inside the extension host
//   node test/vscode/launch.mjs as-person            those that use the window as a person does
//   node test/vscode/launch.mjs as-person --grep X   some of them
//   node test/vscode/launch.mjs bench                measurements instead; bench/extension.ts calls it
// FRAMELOOM_TEST_EXTENSION names another folder with the built extension. FRAMELOOM_TEST_RESULTS names a file that gets
// {"passed","failed"}. Pictures lie in artifacts/vscode/ afterwards.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpVsCode } from '../../scripts/vscode-setup.mjs';
import { bundleInHostBench, bundleInHostTests } from './rig/bundleInHostTests.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
process.chdir(root);
const [which, ...options] = process.argv.slice(2);
const results = mkdtempSync(path.join(os.tmpdir(), 'frameloom-results-'));
const total = { passed: 0, failed: 0 };

const { node, vscode, chromium } = ready();
const env = {
  ...process.env,
  FRAMELOOM_TEST_RIG: JSON.stringify({ node, vscode, chromium }),
  FRAMELOOM_TEST_EXTENSION: process.env.FRAMELOOM_TEST_EXTENSION ?? root,
  FRAMELOOM_TEST_GREP: options[options.indexOf('--grep') + 1] ?? '',
};
if (which === 'bench') {
  await bundleInHostBench();
  add('bench', ['--import=tsx', 'test/vscode/rig/measureInHost.ts']);
}
if (which === undefined || which === 'in-host') {
  await bundleInHostTests();
  add('in-host', ['--import=tsx', 'test/vscode/rig/runInHost.ts']);
}
if (which === undefined || which === 'as-person') {
  add('as-person', [
    'node_modules/mocha/bin/mocha.js',
    '--reporter',
    'scripts/countingReporter.cjs',
    'test/vscode/asPerson/**/*.test.ts',
    ...options,
  ]);
}
rmSync(results, { recursive: true, force: true });
console.log(`VS Code: ${total.passed} passed, ${total.failed} failed`);
if (process.env.FRAMELOOM_TEST_RESULTS) writeFileSync(process.env.FRAMELOOM_TEST_RESULTS, JSON.stringify(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** The rig; where it cannot be set up, one sentence says why. */
function ready() {
  try {
    return setUpVsCode();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Runs one of the two suites and adds what it counted; one that ended badly without a count has failed once. */
function add(name, args) {
  const file = path.join(results, `${name}.json`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...env, FRAMELOOM_TEST_RESULTS: file } });
  const counted = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 0 };
  total.passed += counted.passed;
  total.failed += counted.failed || (status === 0 ? 0 : 1);
}
