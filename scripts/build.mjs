// Builds everything into dist/: the library, the command line, the kernel, the extension and its pages.
//   node scripts/build.mjs            bundles and type declarations
//   node scripts/build.mjs --no-types bundles only (seconds faster)
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { withoutInstallScript } from './runtime-to-bundle.mjs';
import { buildForVsCode } from './vscode-build.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const whole = !process.argv.includes('--no-types');
// A whole build appears at once, so that whatever runs from dist/ meanwhile never finds half of it.
const out = whole ? `dist.${process.pid}` : 'dist';

const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  // Native binaries, and packages that read files beside themselves, stay in node_modules.
  external: ['vscode', 'frameloom', 'onnxruntime-node', 'tslab', 'tslab/*', 'typescript', '@ffmpeg-installer/ffmpeg', '@ffprobe-installer/ffprobe', 'fluent-ffmpeg'],
};

const page = { bundle: true, platform: 'browser', target: 'es2022', format: 'esm', sourcemap: false, minify: true, logLevel: 'warning' };

const entries = [
  // Class names are read by people: in stacks, in the variables view, in what a cell shows.
  { ...node, keepNames: true, entryPoints: ['src/index.ts'], outfile: `${out}/index.js` },
  // The command line and the kernel use the very library that notebooks import, never a second copy of it.
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: `${out}/cli.js`, banner: { js: '#!/usr/bin/env node' }, plugins: [libraryStaysOutside()] },
  { ...node, entryPoints: ['src/kernel/main.ts'], outfile: `${out}/kernel.js`, plugins: [libraryStaysOutside()] },
  { ...node, entryPoints: ['src/extension/main.ts'], outfile: `${out}/extension.js` },
  { ...page, entryPoints: ['src/webview/renderer/main.ts'], outfile: `${out}/webview/renderer.js` },
  { ...page, entryPoints: ['src/webview/videoPreview/main.ts'], outfile: `${out}/webview/videoPreview.js` },
];

withoutInstallScript();
await Promise.all([...entries.map((options) => build(options)), buildForVsCode({ dist: out })]);
if (whole) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `${out}/types`], { stdio: 'inherit' });
  rmSync('dist', { recursive: true, force: true });
  renameSync(out, 'dist');
}

/** Turns imports of src/index.ts into `require('./index.js')`. */
function libraryStaysOutside() {
  return {
    name: 'library-stays-outside',
    setup(context) {
      const face = path.join(root, 'src', 'index.js');
      context.onResolve({ filter: /^\..*\/index\.js$/ }, (args) => (path.resolve(args.resolveDir, args.path) === face ? { path: './index.js', external: true } : undefined));
    },
  };
}
