// Makes the extension's VSIX, with the native files of one platform only. Build first (npm run build).
//   node scripts/package.mjs                       for this platform
//   node scripts/package.mjs win32-x64             for another one, whose ffmpeg is fetched from the npm registry
//   node scripts/package.mjs --all                 for every platform that ONNX Runtime has binaries for
//   node scripts/package.mjs --out FOLDER          where to put it (default: output/)
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { copyModules, nativeTargets } from './vscode-modules.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Makes and publishes VSIX files. Only releases need it and its 284 dependencies (125 MB), so npx fetches it then. */
const vsce = '@vscode/vsce@3.9.2';

/** What the extension is made of besides package.json and its modules; what does not exist yet is left out. */
export const parts = [
  'dist',
  'models',
  'media',
  'notebooks',
  'examples',
  'docs',
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
];

/** Source maps and the report of the public face are for developing, the pages of the API are made anew anywhere with `npm run docs`; pictures on a model's card are looked at in the repository. */
const isShipped = (file) =>
  !file.endsWith('.map') &&
  ![path.join('docs', 'api'), path.join('docs', 'api-report.md')].includes(path.relative(root, file)) &&
  !/^models[\\/].*\.png$/.test(path.relative(root, file));

/** What is large and is read by nobody but Node: comments and blanks are taken out. Not so the library, whose list of exports for `import` would go, too. */
const compacted = [
  'dist/cli.js',
  'dist/extension.js',
  'dist/kernel.js',
  'dist/languageServer.js',
  'node_modules/typescript/lib/typescript.js',
];

/** Fields of package.json that are about developing or about the npm package. */
const fieldsOfDevelopment = [
  'scripts',
  'devDependencies',
  'bundleDependencies',
  'files',
  'allowScripts',
  'exports',
  'bin',
  'types',
  'typesVersions',
  'sideEffects',
];

/**
 * Makes `frameloom-<version>-<target>.vsix` in `folder` and returns its path.
 * @param target VS Code's name for a platform: `linux-x64`, `darwin-arm64`, `win32-x64`, …
 */
export function makeVsix(target, folder) {
  if (!nativeTargets.includes(target)) throw new Error(`There is no ONNX Runtime for ${target}. Known: ${nativeTargets.join(', ')}.`);
  if (!existsSync(path.join(root, 'dist', 'extension.js'))) throw new Error('dist/ is empty. Run first: npm run build');
  const stage = mkdtempSync(path.join(os.tmpdir(), 'frameloom-vsix-'));
  try {
    for (const part of parts)
      if (existsSync(path.join(root, part)))
        cpSync(path.join(root, part), path.join(stage, part), { recursive: true, dereference: true, filter: isShipped });
    const installed = copyModules({ from: installedFor(target, stage), to: path.join(stage, 'node_modules'), target });
    for (const name of compacted) compact(path.join(stage, name));
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const field of fieldsOfDevelopment) delete manifest[field];
    // Exactly what was copied, so that vsce's look at the dependencies finds neither too much nor too little.
    manifest.dependencies = installed;
    writeFileSync(path.join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
    mkdirSync(folder, { recursive: true });
    const vsix = path.join(folder, `frameloom-${manifest.version}-${target}.vsix`);
    // README's links lead into the repository, where package.json says where that is; else to the files in the package.
    const unknownPlace = manifest.repository ? [] : ['--allow-missing-repository', '--no-rewrite-relative-links'];
    const args = ['--yes', vsce, 'package', '--target', target, '--out', vsix, ...unknownPlace];
    execFileSync('npx', args, { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
    return vsix;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Takes comments (but not the licences') and blanks out of a script; names stay, for stacks. */
function compact(file) {
  const settings = { minifyWhitespace: true, legalComments: 'inline', charset: 'utf8', platform: 'node' };
  writeFileSync(file, transformSync(readFileSync(file, 'utf8'), settings).code);
}

/** This platform, as VS Code names it. */
export function thisTarget() {
  return `${process.platform}-${process.arch}`;
}

/** The folder with the modules of a target: our own for this platform, else a fresh install of the lock file for the other. */
function installedFor(target, stage) {
  if (target === thisTarget()) return path.join(root, 'node_modules');
  const folder = path.join(stage, '..', `${path.basename(stage)}-modules`);
  mkdirSync(folder);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(path.join(root, name), path.join(folder, name));
  const [platform, arch] = target.split('-');
  execFileSync(
    'npm',
    ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', `--os=${platform}`, `--cpu=${arch}`, '--libc=glibc'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  // Our own plugin is no package of the registry; the build puts it into node_modules.
  cpSync(path.join(root, 'node_modules', 'frameloom-tsserver-plugin'), path.join(folder, 'node_modules', 'frameloom-tsserver-plugin'), {
    recursive: true,
  });
  return path.join(folder, 'node_modules');
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--out');
  const folder = path.resolve(at < 0 ? path.join(root, 'output') : args.splice(at, 2)[1]);
  const targets = args.includes('--all') ? nativeTargets : args.length > 0 ? args : [thisTarget()];
  for (const target of targets) {
    const vsix = makeVsix(target, folder);
    console.log(`${vsix}: ${(statSync(vsix).size / 1e6).toFixed(1)} MB`);
  }
}
