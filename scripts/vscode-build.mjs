// Builds what only VS Code loads besides the extension itself; scripts/build.mjs calls it.
//   node scripts/vscode-build.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The name under which package.json contributes the plugin and VS Code's TypeScript server looks for it. */
export const tsserverPlugin = 'frameloom-tsserver-plugin';

/**
 * Builds the language process into `dist` and the TypeScript server's plugin into `modules`: the server finds plugins
 * only as packages in the extension's node_modules.
 */
export async function buildForVsCode({ dist = path.join(root, 'dist'), modules = path.join(root, 'node_modules') } = {}) {
  const node = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'warning' };
  const folder = path.join(modules, tsserverPlugin);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'package.json'),
    `${JSON.stringify({ name: tsserverPlugin, version: '0.1.0', private: true, main: 'index.js' }, null, 2)}\n`,
  );
  await Promise.all([
    build({
      ...node,
      sourcemap: true,
      entryPoints: ['src/extension/language/server/main.ts'],
      outfile: path.join(dist, 'languageServer.js'),
      external: ['typescript', 'tslab', 'tslab/*'],
    }),
    build({ ...node, entryPoints: ['src/extension/language/tsserverPlugin.ts'], outfile: path.join(folder, 'index.js') }),
  ]);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) await buildForVsCode();
