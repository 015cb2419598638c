// Runs every test there is and sets up what it needs. Ends with a line "N passed, N failed" and exits 1 when any failed.
//   node scripts/test.mjs            all of it
//   node scripts/test.mjs unit cli   the named suites only, without building and linting
//   node scripts/test.mjs --without vscode   all suites but that one, without building and linting
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpChromium } from './vscode-setup.mjs';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-test-'));
const total = { passed: 0, failed: 0 };

/** Suites that mocha runs in this Node, in the order of how soon they tell something. */
const suites = ['unit', 'golden', 'parity', 'faults', 'cli', 'kernel', 'install'];
/** Checks that are programs of their own: they count as one test each. */
const checks = [
  ['build', ['scripts/build.mjs']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['types of the pages', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.webview.json']],
];

const all = [...suites, 'vscode'];
const args = process.argv.slice(2);
const named = args[0] === '--without' ? all.filter((suite) => !args.includes(suite)) : args;
if (named.length === 0)
  for (const [name, args] of checks) count(name, run(args) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
if (process.platform === 'linux' && (wanted('unit') || wanted('vscode'))) provideChromium();
for (const suite of suites) if (wanted(suite) && existsSync(`test/${suite}`)) count(suite, mocha(suite));
if (wanted('vscode') && existsSync('test/vscode/launch.mjs')) count('vscode', inVsCode());

rmSync(folder, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** Tests of the pages need a browser; without one they fail, and this has said what to do. */
function provideChromium() {
  try {
    process.env.FRAMELOOM_CHROMIUM = setUpChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

function wanted(suite) {
  return named.length === 0 || named.includes(suite);
}

function mocha(suite) {
  const results = path.join(folder, `${suite}.json`);
  const status = run(['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/countingReporter.cjs', `test/${suite}/**/*.test.ts`], {
    FRAMELOOM_TEST_RESULTS: results,
  });
  return outcome(status, results);
}

/** The suites in a real VS Code, which set that up themselves: a server's window on Linux, the desktop's elsewhere. */
function inVsCode() {
  const results = path.join(folder, 'vscode.json');
  return outcome(
    run([process.platform === 'linux' ? 'test/vscode/launch.mjs' : 'test/electron/run.mjs'], { FRAMELOOM_TEST_RESULTS: results }),
    results,
  );
}

/** What a suite wrote down; a suite that ended badly without saying what failed has failed once. */
function outcome(status, results) {
  const counted = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : { passed: 0, failed: 0 };
  return status !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

function run(args, env = {}) {
  return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status;
}

function count(name, { passed, failed }) {
  console.log(`— ${name}: ${passed} passed, ${failed} failed`);
  total.passed += passed;
  total.failed += failed;
}
