// Makes the published types of the library: one index.d.ts with a declaration map that leads into src/, and a few lines for each subpath.
//   node scripts/library-types.mjs FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Entries of the library besides `frameloom` itself: `frameloom/NAME` is src/NAME.ts, which only lists names. */
export const subpaths = ['schedulers', 'video'];

/** Writes the types of all entries into `folder`, for `import` (.d.mts) and `require` (.d.ts): the first only points to the second. */
export async function writeTypes(folder) {
  mkdirSync(folder, { recursive: true });
  const bundle = await rollup({
    input: path.join(root, 'src', 'index.ts'),
    plugins: [dts({ sourcemap: true, tsconfig: path.join(root, 'tsconfig.types.json') })],
    external: /^node:/,
    onwarn: ({ message }) => {
      throw new Error(`scripts/library-types.mjs: ${message}`);
    },
  });
  await bundle.write({ file: path.join(folder, 'index.d.ts'), format: 'es', sourcemap: true, sourcemapExcludeSources: true });
  for (const name of subpaths) writeFileSync(path.join(folder, `${name}.d.ts`), namesFromIndex(path.join(root, 'src', `${name}.ts`)));
  for (const name of ['index', ...subpaths]) writeFileSync(path.join(folder, `${name}.d.mts`), `export * from './${name}.js';\n`);
}

/** A file of `export { … } from '…'` as one that takes the same names from index.d.ts. */
function namesFromIndex(file) {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const lists = tree.statements.map((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
      throw new Error(`${file} may hold only lists of names: export { … } from '…'.`);
    }
    return `export ${statement.isTypeOnly ? 'type ' : ''}${statement.exportClause.getText()} from './index.js';`;
  });
  return `${lists.join('\n')}\n`;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) await writeTypes(path.resolve(process.argv[2] ?? 'dist/types'));
