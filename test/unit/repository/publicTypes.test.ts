import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';

const root = path.join(__dirname, '../../..');

/** What users get as `frameloom`'s types, made from the source as the build makes them. */
describe('the published types', function () {
  this.timeout(10 * 60_000);
  let folder: string;
  let types: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-types-'));
    types = path.join(folder, 'index.d.ts');
    execFileSync(process.execPath, ['scripts/library-types.mjs', folder], { cwd: root });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are one file, whose declaration map leads into the source', () => {
    const { sources } = JSON.parse(readFileSync(`${types}.map`, 'utf8')) as { sources: string[] };
    assert.match(readFileSync(types, 'utf8'), /\/\/# sourceMappingURL=index\.d\.ts\.map\s*$/);
    assert.ok(
      sources.some((source) => source.endsWith('src/pipeline/core/tensor.ts')),
      sources.join(', '),
    );
  });

  it('are described down to every field, method and call signature', () => {
    assert.deepEqual(undocumented(parsed(types)), []);
  });

  it('can all be named: what a signature mentions is exported', () => {
    const tree = parsed(types);
    const exported = exportedNames(tree);
    // A table of values whose keys a type takes (`keyof typeof`) is no type itself.
    const hidden = declarationsOf(tree)
      .filter((node) => !ts.isVariableStatement(node))
      .map(nameOf)
      .filter((name) => !exported.has(name));
    assert.deepEqual(hidden, []);
  });

  it('are those of docs/api-report.md; a change of one signature is told', () => {
    const check = (file: string) =>
      spawnSync(process.execPath, ['scripts/api-report.mjs', '--check', file], { cwd: root, encoding: 'utf8' });
    const { status, stderr } = check(types);
    assert.equal(status, 0, stderr);
    const changed = path.join(folder, 'changed.d.ts');
    cpSync(types, changed);
    writeFileSync(changed, readFileSync(types, 'utf8').replace('static zeros(dims: readonly number[])', 'static zeros(dims: number[])'));
    assert.equal(check(changed).status, 1);
  });
});

type Declaration =
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.FunctionDeclaration
  | ts.VariableStatement
  | ts.ModuleDeclaration;

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function declarationsOf(tree: ts.SourceFile): Declaration[] {
  return tree.statements.filter((node): node is Declaration =>
    [
      ts.isClassDeclaration,
      ts.isInterfaceDeclaration,
      ts.isTypeAliasDeclaration,
      ts.isFunctionDeclaration,
      ts.isVariableStatement,
      ts.isModuleDeclaration,
    ].some((is) => is(node)),
  );
}

function nameOf(node: Declaration): string {
  return ts.isVariableStatement(node) ? node.declarationList.declarations[0]!.name.getText() : node.name!.getText();
}

/** The local names that the file exports under whatever name. */
function exportedNames(tree: ts.SourceFile): Set<string> {
  const lists = tree.statements.filter(ts.isExportDeclaration).map(({ exportClause }) => exportClause);
  return new Set(
    lists.flatMap((list) =>
      list && ts.isNamedExports(list) ? list.elements.map(({ propertyName, name }) => (propertyName ?? name).text) : [],
    ),
  );
}

/** `Name.member` of everything without a doc comment; overloads share the first one's. */
function undocumented(tree: ts.SourceFile): string[] {
  const declarations = declarationsOf(tree);
  const byName = new Map(declarations.map((node) => [nameOf(node), node]));
  const missing: string[] = [];
  const seen = new Set<string>();
  const check = (node: ts.Node, name: string) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    if (isFirst && ts.getJSDocCommentsAndTags(node).length === 0) missing.push(name);
  };
  for (const node of declarations) {
    check(node, nameOf(node));
    const visit = (part: ts.Node, owner: string): void => {
      if ((ts.isTypeElement(part) || ts.isClassElement(part)) && !isPrivate(part)) {
        const name = `${owner}.${part.name?.getText() ?? (ts.isConstructorDeclaration(part) ? 'constructor' : 'call')}`;
        if (needsWords(part) && !inherits(node, part, byName)) check(part, name);
        // What a method takes and gives is told by its own comment; an object in a field has fields of its own.
        if (ts.isPropertySignature(part) || ts.isPropertyDeclaration(part)) ts.forEachChild(part, (child) => visit(child, name));
      } else if (!ts.isClassElement(part) && !ts.isFunctionTypeNode(part)) ts.forEachChild(part, (child) => visit(child, owner));
    };
    if (!ts.isFunctionDeclaration(node) && !ts.isVariableStatement(node)) ts.forEachChild(node, (child) => visit(child, nameOf(node)));
  }
  return missing;
}

function isPrivate(member: ts.Node): boolean {
  return ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

/** A setter is told by its getter, an index signature by its owner, and `constructor()` says nothing. */
function needsWords(member: ts.TypeElement | ts.ClassElement): boolean {
  if (ts.isSetAccessor(member) || ts.isIndexSignatureDeclaration(member)) return false;
  return !ts.isConstructorDeclaration(member) || member.parameters.length > 0;
}

/** Whether the same member stands, with a comment, in something that a class or interface extends or implements. */
function inherits(owner: Declaration, member: ts.TypeElement | ts.ClassElement, byName: ReadonlyMap<string, Declaration>): boolean {
  if (!(ts.isClassDeclaration(owner) || ts.isInterfaceDeclaration(owner)) || member.parent !== owner) return false;
  const name = member.name?.getText() ?? 'constructor';
  return (owner.heritageClauses ?? [])
    .flatMap(({ types }) => types)
    .some(({ expression }) => {
      const base = byName.get(expression.getText());
      if (!base || !(ts.isClassDeclaration(base) || ts.isInterfaceDeclaration(base))) return false;
      const same = [...base.members].find((candidate) => (candidate.name?.getText() ?? 'constructor') === name);
      return same
        ? ts.getJSDocCommentsAndTags(same).length > 0 || inherits(base, same, byName)
        : inherits(base, { ...member, parent: base, name: member.name } as ts.ClassElement, byName);
    });
}
