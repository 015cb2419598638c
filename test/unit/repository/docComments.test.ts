import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const source = path.join(__dirname, '../../../src');

describe('doc comments', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.d.ts'),
  );

  it('stand on every exported symbol, and on every method of the library’s classes', () => {
    const missing = files.flatMap((name) => undocumented(path.join(source, name)));
    assert.deepEqual(missing, []);
  });
});

/** `file:line name` of every exported thing of a file that has no doc comment. */
function undocumented(file: string): string[] {
  const text = ts.sys.readFile(file)!;
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const missing: string[] = [];
  const check = (node: ts.Node, name: string) => {
    if (ts.getJSDocCommentsAndTags(node).length > 0) return;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    missing.push(`${path.relative(source, file)}:${line + 1} ${name}`);
  };
  for (const statement of tree.statements) {
    if (!isExported(statement)) continue;
    if (ts.isVariableStatement(statement)) check(statement, statement.declarationList.declarations[0]!.name.getText());
    else if ('name' in statement && statement.name) check(statement, (statement.name as ts.Identifier).text);
    // Pages and processes implement interfaces whose members are documented; the library's classes are read by users.
    if (
      ts.isClassDeclaration(statement) &&
      [`${path.sep}pipeline${path.sep}`, `${path.sep}display${path.sep}`].some((part) => file.includes(part)) &&
      !implementsInterface(statement)
    ) {
      for (const member of statement.members) if (isPublicApi(member)) check(member, `${statement.name?.text}.${member.name!.getText()}`);
    }
  }
  // Overloads share the first one's comment.
  return [...new Set(missing)];
}

/** What implements an interface inherits the comments there. */
function implementsInterface(node: ts.ClassDeclaration): boolean {
  return (node.heritageClauses ?? []).some(({ token }) => token === ts.SyntaxKind.ImplementsKeyword);
}

function isExported(node: ts.Statement): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** Methods and accessors that a user may call; overriding ones inherit their comment, fields are documented where they need it. */
function isPublicApi(member: ts.ClassElement): boolean {
  if (!ts.isMethodDeclaration(member) && !ts.isGetAccessor(member)) return false;
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword];
  return !(ts.getModifiers(member) ?? []).some(({ kind }) => hidden.includes(kind));
}
