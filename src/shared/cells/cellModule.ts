import ts from 'typescript';
import { declaredNames } from './declaredNames.js';
import type { DeclaredName } from './declaredNames.js';
import type { KnownNames, Meaning } from './knownNames.js';

/** How the file names of cells begin. */
export const CELL_STEM = '__frameloom_cell_';

/** A cell as a module: it imports what the cells above declare and exports what it declares itself. */
export interface CellModuleText {
  /** Imports and declarations before the cell, on one line with its line break; the empty string where there are none. */
  readonly prefix: string;
  /** The whole module. */
  readonly text: string;
  /** What the cell declares. */
  readonly own: readonly DeclaredName[];
  /** Values of other cells that are declared rather than imported: where the cell runs they must be imported all the same. */
  readonly declared: ReadonlySet<string>;
}

/** What a cell is joined to. */
export interface Joining {
  /** What the cells above declare. */
  readonly known: KnownNames;
  /** Leaves out names that do not occur in the cell. Completion needs them all. */
  readonly onlyUsed: boolean;
  /** Modules to import for what they add to every cell by `declare global`. */
  readonly augmentations?: readonly string[];
}

/**
 * Joins a cell to those above it.
 *
 * Names of other cells are imported, so that types stay what they are even when a later cell declares them anew. A variable
 * that the cell assigns to is declared instead, with the same type: TypeScript lets nobody assign to an import. So is a value
 * whose name means a type of yet another cell.
 */
export function cellModule(given: string, { known, onlyUsed, augmentations = [] }: Joining): CellModuleText {
  // A line for a shell may stand at the head of a file, and a cell is none: other code comes before it.
  const cellText = given.replace(/^#!/, '//');
  const source = ts.createSourceFile('cell.ts', cellText, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const own = declaredNames(source);
  const ownKinds = new Map(own.map(({ name, kind }) => [name, kind]));
  const used = onlyUsed ? new Set(cellText.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)) : undefined;
  const others = [...known.entries()].flatMap(([name, meaning]): [string, Meaning][] => {
    const seen = used && !used.has(name) ? undefined : stillSeen(meaning, ownKinds.get(name));
    return seen ? [[name, seen]] : [];
  });
  const written = assignedNames(source);
  const isDeclared = ([name, { value, type }]: [string, Meaning]): boolean =>
    value !== undefined && ((value.declared.kind === 'variable' && written.has(name)) || (type !== undefined && type.stem !== value.stem));
  const declared = new Set(others.filter(isDeclared).map(([name]) => name));
  const introduction = augmentations.map((stem) => `import './${stem}'; `).join('') + introduced(others, declared);
  // On a line of its own, or a doc comment at the cell's head would be taken for a remark about the imports.
  const prefix = introduction && `${introduction}\n`;
  const exports = own.filter(({ exported }) => !exported).map(({ name }) => name);
  // On a line of its own, for the cell may end in a comment; after a semicolon, for it may end in `model.`; always there, for
  // a cell is a module.
  const text = `${prefix}${cellText}\n;export { ${exports.join(', ')} };\n`;
  return { prefix, text, own, declared };
}

/** What a cell sees of an earlier meaning of a name that it may declare itself: a variable does not hide an interface. */
function stillSeen({ value, type }: Meaning, own: DeclaredName['kind'] | undefined): Meaning | undefined {
  if (own === undefined) return { value, type };
  if ((own === 'variable' || own === 'function') && type?.declared.kind === 'type') return { type };
  return own === 'type' && (value?.declared.kind === 'variable' || value?.declared.kind === 'function') ? { value } : undefined;
}

function introduced(names: readonly (readonly [string, Meaning])[], declared: ReadonlySet<string>): string {
  const imported = new Map<string, string[]>();
  const declarations: string[] = [];
  for (const [name, { value, type }] of names) {
    const from = declared.has(name) ? type : (value ?? type);
    if (from) imported.set(from.stem, [...(imported.get(from.stem) ?? []), name]);
    if (value && declared.has(name))
      declarations.push(`declare ${value.declared.assignable ? 'let' : 'const'} ${name}: typeof import('./${value.stem}').${name}; `);
  }
  return [...imported].map(([stem, list]) => `import { ${list.join(', ')} } from './${stem}'; `).join('') + declarations.join('');
}

/** Every name to which something in a file is assigned; names of inner variables may be among them. */
function assignedNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const target = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    else if (
      ts.isParenthesizedExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isSpreadElement(node) ||
      ts.isSpreadAssignment(node)
    )
      target(node.expression);
    else if (ts.isArrayLiteralExpression(node)) node.elements.forEach(target);
    else if (ts.isObjectLiteralExpression(node))
      node.properties.forEach((property) =>
        target(
          ts.isPropertyAssignment(property) ? property.initializer : ts.isShorthandPropertyAssignment(property) ? property.name : property,
        ),
      );
    else if (ts.isBinaryExpression(node)) target(node.left);
  };
  const look = (node: ts.Node): void => {
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    )
      target(node.left);
    else if (
      (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
      (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
    )
      target(node.operand);
    else if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer))
      target(node.initializer);
    ts.forEachChild(node, look);
  };
  look(source);
  return names;
}
