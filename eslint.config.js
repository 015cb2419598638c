const js = require('@eslint/js');
const tseslint = require('typescript-eslint');
const { importTable } = require('./scripts/importRules.cjs');

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
