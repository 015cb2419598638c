const path = require('node:path');
const js = require('@eslint/js');
const tseslint = require('typescript-eslint');

/** The import table of the design (docs/architecture.md): what each folder of src/ may import beside itself. */
const mayImport = {
  pipeline: [],
  kernel: ['pipeline', 'shared'],
  kernelHost: ['pipeline', 'shared'],
  // Of the kernel's hosts only the client: the headless runner brings the library along.
  extension: ['kernelHost/index', 'shared', 'pipeline/video', 'pipeline/errors'],
  shared: [],
  webview: ['shared'],
  cli: ['kernelHost', 'pipeline', 'shared'],
};

/** Packages that only one place may import, and why. */
const onlyIn = [
  { name: /^vscode$/, place: /^extension\//, why: 'Only src/extension knows VS Code.' },
  { name: /^onnxruntime-/, place: /^pipeline\/model\/onnxRuntime\.ts$/, why: 'ONNX Runtime is loaded by src/pipeline/model/onnxRuntime.ts alone, which keeps it from reporting to its maker.' },
  { name: /^fluent-ffmpeg$/, place: /^pipeline\/video\/ffmpegCommand\.ts$/, why: 'fluent-ffmpeg is archived: only src/pipeline/video/ffmpegCommand.ts may import it.' },
];

const source = path.join(__dirname, 'src');

/** Says what is wrong with one import, if anything. */
function problem(file, specifier) {
  const place = path.relative(source, file).replaceAll(path.sep, '/');
  if (!specifier.startsWith('.')) return onlyIn.find((rule) => rule.name.test(specifier) && !rule.place.test(place))?.why;
  const [folder] = place.split('/');
  const target = path.relative(source, path.resolve(path.dirname(file), specifier)).replaceAll(path.sep, '/').replace(/\.js$/, '');
  const allowed = [folder, ...(mayImport[folder] ?? [])];
  const fine = target.startsWith('../') || allowed.some((part) => target === part || target.startsWith(`${part}/`));
  return fine ? undefined : `src/${folder} may import only ${allowed.join(', ')} (docs/architecture.md).`;
}

const importTable = {
  create(context) {
    const check = (node) => {
      const specifier = node.source?.value;
      const message = typeof specifier === 'string' ? problem(context.filename, specifier) : undefined;
      if (message) context.report({ node: node.source, message });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

module.exports = tseslint.config(
  { ignores: ['dist*/**', 'output/**', 'node_modules/**', 'artifacts/**', 'training/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { globals: { require: 'readonly', module: 'writable', process: 'readonly', console: 'readonly', __dirname: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly', Buffer: 'readonly', AbortController: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['src/cli/**/*.ts'],
    ignores: ['src/cli/terminal.ts'],
    rules: { 'no-restricted-syntax': ['error', { selector: "MemberExpression[object.property.name=/^std(out|err)$/][property.name='write']", message: 'Only src/cli/terminal.ts writes to the terminal: it takes control codes out of texts.' }] },
  },
  { files: ['src/**/*.ts'], plugins: { frameloom: { rules: { 'import-table': importTable } } }, rules: { 'frameloom/import-table': 'error' } },
);
