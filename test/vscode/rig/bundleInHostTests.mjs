// Bundles what runs inside the extension host. As a program (F5, "Extension Tests") it bundles the tests.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Where the bundled suite lies; `index.js` in it is what `extensionTestsPath` names. */
export const inHostTestsFolder = path.join(root, 'output', 'vscode-tests');

/** Where the bundled measurements of bench/inHost lie. */
export const inHostBenchFolder = path.join(root, 'output', 'vscode-bench');

/** Bundles the tests that run inside the extension host, which loads plain JavaScript only. */
export function bundleInHostTests() {
  return bundle(path.join(root, 'test', 'vscode', 'inHost'), inHostTestsFolder);
}

/** Bundles the measurements that run inside the extension host. */
export function bundleInHostBench() {
  return bundle(path.join(root, 'bench', 'inHost'), inHostBenchFolder);
}

async function bundle(folder, outdir) {
  const entryPoints = readdirSync(folder)
    .filter((name) => name === 'index.ts' || name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name));
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    logLevel: 'warning',
    external: ['vscode', 'mocha'],
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) await bundleInHostTests();
