// Which file of src/ may import which; eslint.config.js makes a rule of it, and docs/architecture.md shows it.
const path = require('node:path');

/** What each folder of src/ may import beside itself: a folder, the public face `src/index.ts` as `index`, or the whole library `src/library.ts`. */
const mayImport = {
  index: ['pipeline', 'display'],
  library: ['index', 'pipeline', 'display'],
  pipeline: [],
  display: ['pipeline', 'shared'],
  kernel: ['index', 'library', 'pipeline/core', 'shared'],
  kernelHost: ['index', 'library', 'pipeline/core', 'shared'],
  // Of the kernel's hosts the client alone: the headless runner beside it brings the library along.
  extension: ['kernelHost/index', 'shared', 'pipeline/history', 'pipeline/video', 'pipeline/core'],
  shared: [],
  webview: ['shared'],
  cli: ['index', 'library', 'kernelHost', 'pipeline/core', 'pipeline/video', 'shared'],
};

/** The floors of src/pipeline, lowest first: a folder imports those below it, and none beside it. */
const floors = [
  ['core'],
  ['drawing'],
  ['onnx', 'schedulers', 'video'],
  ['checkpoints', 'history', 'masks'],
  ['networks'],
  ['diffusion', 'metrics'],
  ['capture', 'editing'],
  ['pipelines'],
  ['experiments'],
];

/** The files by which folders with floors or doors are entered from outside. */
const doors = { display: ['index', 'host'], kernelHost: ['index', 'notebook/index'] };

/** Packages that only one place may import, and why. */
const onlyIn = [
  { name: /^vscode$/, place: /^extension\//, why: 'Only src/extension knows VS Code.' },
  {
    name: /^onnxruntime-/,
    place: /^pipeline\/networks\/onnxRuntime\.ts$/,
    why: 'ONNX Runtime is loaded by src/pipeline/networks/onnxRuntime.ts alone, which keeps it from reporting to its maker.',
  },
  { name: /^@resvg\//, place: /^pipeline\/drawing\/svg\.ts$/, why: 'Drawings are rasterised by src/pipeline/drawing/svg.ts alone.' },
  {
    name: /^fluent-ffmpeg$/,
    place: /^pipeline\/video\/ffmpegCommand\.ts$/,
    why: 'fluent-ffmpeg is archived: only src/pipeline/video/ffmpegCommand.ts may import it.',
  },
];

const source = path.join(__dirname, '..', 'src');
const floorOf = (folder) => floors.findIndex((floor) => floor.includes(folder));
const within = (place, folder) => place === folder || place.startsWith(`${folder}/`);

/**
 * Says what is wrong with one import, if anything.
 *
 * @param file the absolute path of the file that imports.
 * @param specifier what stands in its import; whether types or values are imported makes no difference.
 */
function problem(file, specifier) {
  const place = path.relative(source, file).replaceAll(path.sep, '/').replace(/\.ts$/, '');
  if (!specifier.startsWith('.')) return onlyIn.find((rule) => rule.name.test(specifier) && !rule.place.test(`${place}.ts`))?.why;
  const target = path
    .relative(source, path.resolve(path.dirname(file), specifier))
    .replaceAll(path.sep, '/')
    .replace(/\.js$/, '');
  if (target.startsWith('../')) return undefined;
  const [top] = place.split('/');
  const allowed = [top, ...(mayImport[top] ?? [])];
  if (!allowed.some((part) => within(target, part))) return `src/${top} may import only ${allowed.join(', ')} (docs/architecture.md).`;
  return problemOfFloors(place, target) ?? problemOfDoors(place, target);
}

/** An import inside src/pipeline that goes up, or beside. */
function problemOfFloors(place, target) {
  const [top, from, ...file] = place.split('/');
  const [, to, ...rest] = target.split('/');
  if (top !== 'pipeline' || place === 'pipeline/index') return undefined;
  if (file.length === 0 || floorOf(from) < 0)
    return `src/${place}.ts stands on no floor: put it in a folder of src/pipeline that scripts/importRules.cjs names.`;
  if (from === to)
    return rest.join('/') === 'index'
      ? `Inside src/pipeline/${from} import the file itself, not the index: that one is for others.`
      : undefined;
  const below = floors.slice(0, floorOf(from)).flat();
  return below.includes(to) ? undefined : `src/pipeline/${from} may import only the floors below it: ${below.join(', ') || 'none'}.`;
}

/** An import that enters a folder elsewhere than by its door. */
function problemOfDoors(place, target) {
  const [top, folder] = target.split('/');
  const house = top === 'pipeline' && folder !== 'index' ? `pipeline/${folder}` : top;
  if (within(place, house)) return undefined;
  const entrances = house.startsWith('pipeline/') || house === 'pipeline' ? ['index'] : doors[house];
  if (!entrances || entrances.some((door) => target === `${house}/${door}`)) return undefined;
  return `src/${house} is entered by ${entrances.map((door) => `${door}.ts`).join(' or ')} alone; export there what you need.`;
}

/** The eslint rule. */
const importTable = {
  create(context) {
    const check = (node) => {
      const specifier = node.source?.value;
      const message = typeof specifier === 'string' ? problem(context.filename, specifier) : undefined;
      if (message) context.report({ node: node.source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

module.exports = { importTable };
