// Builds everything into dist/: the library, the command line, the kernel, the extension and its pages.
//   node scripts/build.mjs            bundles and type declarations
//   node scripts/build.mjs --no-types bundles only (seconds faster)
//   node scripts/build.mjs --watch    bundles, made anew whenever a source changes; types once, where there are none
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { writeFace } from './library-face.mjs';
import { writeTypes } from './library-types.mjs';
import { withoutInstallScript } from './runtime-to-bundle.mjs';
import { buildForVsCode } from './vscode-build.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const watch = process.argv.includes('--watch');
const whole = !watch && !process.argv.includes('--no-types');
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
  external: [
    'vscode',
    'frameloom',
    'onnxruntime-node',
    '@resvg/resvg-js',
    'tslab',
    'tslab/*',
    'typescript',
    '@ffmpeg-installer/ffmpeg',
    '@ffprobe-installer/ffprobe',
    'fluent-ffmpeg',
  ],
};

const page = { bundle: true, platform: 'browser', target: 'es2022', format: 'esm', sourcemap: false, minify: true, logLevel: 'warning' };

const entries = [
  // Class names are read by people: in stacks, in the variables view, in what a cell shows.
  { ...node, keepNames: true, entryPoints: ['src/library.ts'], outfile: `${out}/library.js` },
  // The command line and the kernel use the very library that notebooks import, never a second copy of it.
  {
    ...node,
    entryPoints: ['src/cli/main.ts'],
    outfile: `${out}/cli.js`,
    banner: { js: '#!/usr/bin/env node' },
    plugins: [libraryStaysOutside()],
  },
  { ...node, entryPoints: ['src/kernel/main.ts'], outfile: `${out}/kernel.js`, plugins: [libraryStaysOutside()] },
  { ...node, entryPoints: ['src/extension/main.ts'], outfile: `${out}/extension.js` },
  { ...page, entryPoints: ['src/webview/renderer/main.ts'], outfile: `${out}/webview/renderer.js` },
  { ...page, entryPoints: ['src/webview/videoPreview/main.ts'], outfile: `${out}/webview/videoPreview.js` },
  { ...page, entryPoints: ['src/webview/historyView/main.ts'], outfile: `${out}/webview/historyView.js` },
];

withoutInstallScript();
if (watch) await keepBuilding();
else await Promise.all([...entries.map((options) => build(options)), buildForVsCode({ dist: out }), writeFace(out)]);
if (whole) {
  await writeTypes(path.join(out, 'types'));
  rmSync('dist', { recursive: true, force: true });
  renameSync(out, 'dist');
}

/** Builds whenever a source changes, until the process is ended. The two lines are what .vscode/tasks.json waits for. */
async function keepBuilding() {
  let running = 0;
  const tell = {
    name: 'tell',
    setup({ onStart, onEnd }) {
      onStart(() => {
        if (running++ === 0) console.log('Building …');
      });
      onEnd(() => {
        if (--running === 0) console.log('Built.');
      });
    },
  };
  // The public names are few and rarely change: they are made anew with the library's bundle.
  const face = { name: 'face', setup: ({ onEnd }) => onEnd(({ errors }) => (errors.length === 0 ? writeFace(out) : undefined)) };
  await buildForVsCode({ dist: out });
  if (!existsSync(path.join(out, 'types', 'index.d.ts'))) await writeTypes(path.join(out, 'types'));
  const contexts = await Promise.all(
    entries.map((options, index) => context({ ...options, plugins: [tell, ...(index === 0 ? [face] : []), ...(options.plugins ?? [])] })),
  );
  await Promise.all(contexts.map((each) => each.watch()));
}

/** Turns imports of src/index.ts and src/library.ts into `require('./library.js')`. */
function libraryStaysOutside() {
  return {
    name: 'library-stays-outside',
    setup({ onResolve }) {
      const library = ['index.js', 'library.js'].map((name) => path.join(root, 'src', name));
      onResolve({ filter: /^\..*\/(index|library)\.js$/ }, (args) =>
        library.includes(path.resolve(args.resolveDir, args.path)) ? { path: './library.js', external: true } : undefined,
      );
    },
  };
}
