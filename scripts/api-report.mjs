// Writes docs/api-report.md: everything that is public, without comments, in the order of names. A change of what users
// see is a change of that page, so that it shows in review.
//   node scripts/api-report.mjs                       makes the types anew and writes the page
//   node scripts/api-report.mjs --check [index.d.ts]  ends with 1 when the page is not what those types say
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { writeTypes } from './library-types.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const page = path.join(root, 'docs', 'api-report.md');

const intro = `# The public face

<!-- Made from the source by: npm run api-report -->

Everything that \`import … from 'frameloom'\` gives, in the order of names, without comments. Descriptions stand in the types themselves and on
the pages that \`npm run docs\` makes.
`;

/** The report of a bundled index.d.ts. */
export function apiReport(types) {
  const tree = ts.createSourceFile('index.d.ts', types, ts.ScriptTarget.Latest, true);
  const printer = ts.createPrinter({ removeComments: true });
  const declarations = tree.statements.filter((statement) => nameOf(statement) !== undefined);
  const texts = declarations.map((statement) => ({
    name: nameOf(statement),
    text: printer.printNode(ts.EmitHint.Unspecified, statement, tree),
  }));
  const exported = exportsOf(tree);
  const mark = (name) => (exported.has(name) ? '' : '// not exported by this name\n');
  // By code point, which is the same in every language and on every system.
  texts.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return `${intro}\n\`\`\`ts\n${texts.map(({ name, text }) => mark(name) + text.replace(/^(export )?declare /, '')).join('\n\n')}\n\`\`\`\n`;
}

function nameOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0].name.getText();
  return statement.name?.getText();
}

/** The local names that `export { … }` lists. */
function exportsOf(tree) {
  const lists = tree.statements.filter(ts.isExportDeclaration).map(({ exportClause }) => exportClause?.elements ?? []);
  return new Set(lists.flat().map(({ propertyName, name }) => (propertyName ?? name).text));
}

/** Types made for this once. */
async function freshTypes() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-types-'));
  try {
    await writeTypes(folder);
    return readFileSync(path.join(folder, 'index.d.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === path.resolve(process.argv[1])) {
  const [flag, file] = process.argv.slice(2);
  const report = apiReport(file ? readFileSync(file, 'utf8') : await freshTypes());
  if (flag !== '--check') writeFileSync(page, report);
  else if (readFileSync(page, 'utf8') !== report) {
    console.error('The public types are not what docs/api-report.md says. Where that is meant, run: npm run api-report');
    process.exitCode = 1;
  }
}
