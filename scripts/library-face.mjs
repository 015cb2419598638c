// Makes the files that `import … from 'frameloom'` and `require('frameloom')` load, and those of its subpaths. They hold no code of
// their own: they pass the public names of dist/library.js on, so that whichever way it is loaded, there is one library.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const source = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'src');

/** The entries of the package besides `frameloom` itself, each with the folder whose public names it gives. */
const subpaths = { schedulers: './schedulers/index.js', video: './video/index.js' };

/**
 * The public names by entry (`index`, `schedulers`, `video`), as src/index.ts and what it names list them.
 * @returns {Record<string, { name: string, isType: boolean }[]>}
 */
export function publicNames() {
  const lists = listsOf(path.join(source, 'index.ts'));
  const names = { index: lists.flatMap((list) => list.names) };
  for (const [entry, folder] of Object.entries(subpaths))
    names[entry] = lists.filter(({ from }) => from === folder).flatMap((list) => list.names);
  return names;
}

/** Writes `<entry>.js` and `<entry>.mjs` into `folder`, beside library.js. */
export function writeFace(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [entry, names] of Object.entries(publicNames())) {
    const values = names
      .filter(({ isType }) => !isType)
      .map(({ name }) => name)
      .sort();
    const passedOn = values.map((name) => `exports.${name} = library.${name};\n`).join('');
    writeFileSync(path.join(folder, `${entry}.js`), `'use strict';\nconst library = require('./library.js');\n${passedOn}`);
    writeFileSync(
      path.join(folder, `${entry}.mjs`),
      `import library from './library.js';\nexport const {\n${values.map((name) => `  ${name},\n`).join('')}} = library;\n`,
    );
  }
}

/** The lists `export { … } from '…'` of a file, and of the files that it passes on with `export * from '…'`. */
function listsOf(file) {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return tree.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier)
      throw new Error(`${file} may hold only lists of public names: export { … } from '…'.`);
    const from = statement.moduleSpecifier.text;
    if (!statement.exportClause) return listsOf(path.resolve(path.dirname(file), from.replace(/\.js$/, '.ts')));
    if (!ts.isNamedExports(statement.exportClause)) throw new Error(`${file}: export * as … is not for a public face.`);
    return [
      {
        from,
        names: statement.exportClause.elements.map(({ name, isTypeOnly }) => ({
          name: name.text,
          isType: isTypeOnly || statement.isTypeOnly,
        })),
      },
    ];
  });
}
