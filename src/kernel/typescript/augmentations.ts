import ts from 'typescript';

/**
 * The cells that add to what all cells see: `declare global { … }`, `declare module 'x' { … }`. They stay part of the session's
 * program, until a later cell says all of it anew.
 */
export class Augmentations {
  private readonly cells = new Map<string, ReadonlySet<string>>();

  /** The modules of those cells, oldest first. */
  get stems(): string[] {
    return [...this.cells.keys()];
  }

  /** The modules whose additions hold for a cell: those that it does not say anew. */
  besides(code: string): string[] {
    const added = addedBy(code);
    return this.stems.filter((stem) => ![...this.cells.get(stem)!].every((name) => added.has(name)));
  }

  /** Looks through a cell that has run. */
  add(stem: string, code: string): void {
    const added = addedBy(code);
    if (added.size === 0) return;
    const kept = this.besides(code);
    for (const earlier of this.stems) if (!kept.includes(earlier)) this.cells.delete(earlier);
    this.cells.set(stem, added);
  }
}

function addedBy(code: string): ReadonlySet<string> {
  return new Set(
    /\bdeclare\b/.test(code) ? ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true).statements.flatMap(whatItAdds) : [],
  );
}

/** Names such as `global String.shout`, as far as one member deep. */
function whatItAdds(statement: ts.Statement): string[] {
  if (!ts.isModuleDeclaration(statement) || !statement.body || !ts.isModuleBlock(statement.body)) return [];
  const isAugmentation = ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
  if (!isAugmentation) return [];
  const of = statement.name.text;
  return statement.body.statements.flatMap((inner) => {
    if (ts.isVariableStatement(inner)) return inner.declarationList.declarations.map(({ name }) => `${of} ${name.getText()}`);
    const name = (inner as { name?: ts.Node }).name as ts.Identifier | undefined;
    if (!name) return [];
    return ts.isInterfaceDeclaration(inner)
      ? inner.members.map((member) => `${of} ${name.text}.${member.name && ts.isIdentifier(member.name) ? member.name.text : member.kind}`)
      : [`${of} ${name.text}`];
  });
}
