import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Where the bundled suite lies; `index.js` in it is what `extensionTestsPath` names. */
export const inHostTestsFolder = path.join(root, 'output', 'vscode-tests');

/** Bundles the tests that run inside the extension host, which loads plain JavaScript only. */
export async function bundleInHostTests() {
  const tests = path.join(root, 'test', 'vscode', 'inHost');
  const entryPoints = readdirSync(tests).filter((name) => name === 'index.ts' || name.endsWith('.test.ts')).map((name) => path.join(tests, name));
  rmSync(inHostTestsFolder, { recursive: true, force: true });
  await build({ absWorkingDir: root, entryPoints, outdir: inHostTestsFolder, bundle: true, platform: 'node', target: 'node20', format: 'cjs', sourcemap: 'inline', logLevel: 'warning', external: ['vscode', 'mocha'] });
}
