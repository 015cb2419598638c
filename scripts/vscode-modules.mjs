// Which npm packages the extension takes along, and which files of them.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Platforms that onnxruntime-node has binaries for, as VS Code names them. */
export const nativeTargets = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** Packages that the bundles leave outside: native ones, and those that read files beside themselves. */
const roots = [
  'onnxruntime-node',
  '@resvg/resvg-js',
  'typescript',
  '@types/node',
  'tslab',
  '@ffmpeg-installer/ffmpeg',
  '@ffprobe-installer/ffprobe',
  'fluent-ffmpeg',
  'frameloom-tsserver-plugin',
];

/** Dependencies that nothing of ours reaches: for installing, for Jupyter's sockets, for bundling in the browser mode; tslab gets our compiler. */
const unreached = {
  'onnxruntime-node': ['adm-zip', 'global-agent'],
  tslab: [
    '@tslab/typescript-for-tslab',
    '@types/node',
    'zeromq',
    'commander',
    'rollup',
    '@rollup/plugin-commonjs',
    '@rollup/plugin-node-resolve',
    '@rollup/plugin-replace',
  ],
};

/** Files of packages that are left out: other platforms' binaries, what TypeScript has besides its compiler, and litter. */
function isLeftOut(file, target) {
  const [platform, arch] = target.split('-');
  const native = /\/onnxruntime-node\/bin\/[^/]+\/([^/]+)(?:\/([^/]+))?/.exec(file);
  if (native) return native[1] !== platform || (native[2] !== undefined && native[2] !== arch);
  if (/\/onnxruntime-node\/script(\/|$)/.test(file)) return true;
  const compiler = /\/node_modules\/typescript\/(bin|lib\/.+)$/.exec(file);
  if (compiler) return !/^lib\/(typescript\.js|lib\.(?!webworker).*d\.ts)$/.test(compiler[1]);
  // Sources and types, and the build for `import`: our bundles require it.
  if (/\/onnxruntime-(common|node)\/(lib|dist\/esm)(\/|$)|\/onnxruntime-(common|node)\/.*\.d\.ts$/.test(file)) return true;
  // Types for older compilers than the one that comes along.
  if (/\/@types\/node\/ts\d/.test(file)) return true;
  const command = /\/fluent-ffmpeg\/([^/]+)/.exec(file);
  if (command) return !['lib', 'index.js', 'package.json', 'LICENSE'].includes(command[1]);
  // Editors' backups (`index.js~`), settings of whoever published the package, what only a compiler or a person reads. Licences stay.
  return /\/node_modules\/.*(\.map|~|\/tsconfig\.json|\.test-d\.ts|\/(?!licen[cs]e)[^/]*\.md|\/\.(?!bin\b)[^/]+)$/i.test(file);
}

/**
 * Copies the packages that run in the extension, with what they depend on.
 * @returns their names and versions, as the `dependencies` of a package.json.
 */
export function copyModules({ from, to, target }) {
  const versions = {};
  const copied = new Set();
  const copy = (folder, isTop) => {
    if (copied.has(folder)) return;
    copied.add(folder);
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const destination = path.join(to, path.relative(from, folder));
    // Nested packages are copied one by one, when something reaches them.
    const filter = (file) =>
      !file.slice(folder.length).includes(`${path.sep}node_modules`) && !isLeftOut(file.replaceAll('\\', '/'), target);
    cpSync(folder, destination, { recursive: true, dereference: true, filter });
    for (const name of unreached[manifest.name] ?? []) delete manifest.dependencies[name];
    writeFileSync(path.join(destination, 'package.json'), JSON.stringify(manifest, null, 2));
    if (isTop) versions[manifest.name] = manifest.version;
    for (const name of Object.keys(manifest.dependencies ?? {})) copy(find(name, folder, from), false);
    for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
      const optional = find(name, folder, from, true);
      if (optional && isFor(optional, target)) copy(optional, false);
    }
  };
  for (const name of roots) copy(find(name, from, from), true);
  return versions;
}

/** Node's own way of finding a package: beside the one that asks, then upwards. */
function find(name, asker, top, isOptional = false) {
  for (let folder = asker; folder.startsWith(path.dirname(top)); folder = path.dirname(folder)) {
    const candidate = path.basename(folder) === 'node_modules' ? path.join(folder, name) : path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
  }
  if (isOptional) return undefined;
  throw new Error(`${name} is not installed. Run: npm ci && npm run build`);
}

function isFor(folder, target) {
  const { os, cpu } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const [platform, arch] = target.split('-');
  return (!os || os.includes(platform)) && (!cpu || cpu.includes(arch));
}
