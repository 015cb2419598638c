const js = require('@eslint/js');
const tseslint = require('typescript-eslint');

/** The import table of the design: which folder of src/ may import which. */
const mayImport = {
  pipeline: ['pipeline'],
  kernel: ['kernel', 'pipeline', 'shared'],
  extension: ['extension', 'shared', 'pipeline/video', 'pipeline/errors'],
  shared: ['shared'],
  webview: ['webview', 'shared'],
  cli: ['cli', 'kernel', 'pipeline', 'shared'],
};

const folders = Object.keys(mayImport);

/** For one folder, forbids importing every other folder that its row does not name. */
function boundary(folder) {
  const allowed = mayImport[folder];
  const group = [];
  for (const other of folders) {
    if (allowed.includes(other)) continue;
    group.push(`**/${other}/**`, `**/${other}`);
    for (const part of allowed) if (part.startsWith(`${other}/`)) group.push(`!**/${part}`, `!**/${part}/**`, `!**/${part}.js`);
  }
  const patterns = [{ group, message: `src/${folder} may import only: ${allowed.join(', ')} (docs/architecture.md).` }];
  if (folder === 'extension') {
    patterns.push({ group: ['onnxruntime-node', 'onnxruntime-common'], message: 'The extension host never loads ONNX Runtime.' });
  }
  if (folder !== 'extension') {
    patterns.push({ group: ['vscode'], message: 'Only src/extension knows VS Code.' });
  }
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

module.exports = tseslint.config(
  { ignores: ['dist/**', 'output/**', 'node_modules/**', 'artifacts/**', 'training/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  { files: ['**/*.{js,cjs,mjs}'], languageOptions: { globals: { require: 'readonly', module: 'writable', process: 'readonly', console: 'readonly', __dirname: 'readonly', URL: 'readonly' } }, rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...folders.map(boundary),
);
