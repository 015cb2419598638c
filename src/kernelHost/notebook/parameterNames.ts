import { createRequire } from 'node:module';
import type * as ts from 'typescript';
import { type NotebookCell, sourceOf } from './notebookFormat.js';

/** The names in a cell's code. */
export interface CellNames {
  /** Variables that it declares at its top level, in order. */
  readonly declared: readonly string[];
  /** Every identifier that stands in it. */
  readonly used: ReadonlySet<string>;
}

/** Reads the names in a code cell with the compiler that the kernel uses. */
export function namesIn(cell: NotebookCell): CellNames {
  const t = typescript();
  const file = t.createSourceFile('cell.ts', sourceOf(cell), t.ScriptTarget.Latest);
  const used = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (t.isIdentifier(node)) used.add(node.text);
    t.forEachChild(node, collect);
  };
  collect(file);
  const bound = (name: ts.BindingName): string[] =>
    t.isIdentifier(name) ? [name.text] : name.elements.flatMap((element) => (t.isOmittedExpression(element) ? [] : bound(element.name)));
  const declared = file.statements.flatMap((statement) =>
    t.isVariableStatement(statement) ? statement.declarationList.declarations.flatMap(({ name }) => bound(name)) : [],
  );
  return { declared: [...new Set(declared)], used };
}

/** Loaded when it is needed: it takes a quarter of a second. */
function typescript(): typeof ts {
  return createRequire(__filename)('typescript') as typeof ts;
}
