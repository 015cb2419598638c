import type * as ts from '@tslab/typescript-for-tslab';
import type { TypeScript } from './compilerFacade.js';

/** A name that the session knows. */
export interface DeclaredName {
  readonly name: string;
  readonly kind: 'variable' | 'function' | 'class' | 'enum' | 'type' | 'import';
}

/** The names in a session's declarations (the `.d.ts` text that tslab carries from cell to cell), in order. */
export function declaredNames(typescript: TypeScript, declarations: string): DeclaredName[] {
  return parse(typescript, declarations).statements.flatMap((statement) => namesOf(typescript, statement));
}

/**
 * The declarations without some values: what is left of a cell that failed before it reached them.
 *
 * tslab forgets everything that a failed cell declared. But `const model = await load(); await model.edit(…)` that was
 * interrupted in the edit has a model, and the person wants it.
 *
 * @param isSet whether the variable, class or function of this name has a value.
 */
export function withoutUnset(typescript: TypeScript, declarations: string, isSet: (name: string) => boolean): string {
  const file = parse(typescript, declarations);
  const printer = typescript.createPrinter({ newLine: typescript.NewLineKind.LineFeed });
  const kept: string[] = [];
  for (const statement of file.statements) {
    const names = namesOf(typescript, statement);
    const present = names.filter(({ name, kind }) => kind === 'type' || kind === 'import' || isSet(name));
    if (names.length > 0 && present.length === 0) continue;
    const whole = present.length === names.length || !typescript.isVariableStatement(statement);
    kept.push(printer.printNode(typescript.EmitHint.Unspecified, whole ? statement : onlyOf(typescript, statement, present), file));
  }
  return kept.map((text) => `${text}\n`).join('');
}

function onlyOf({ factory }: TypeScript, statement: ts.VariableStatement, present: readonly DeclaredName[]): ts.Statement {
  const { declarationList } = statement;
  const declarations = declarationList.declarations.filter((declaration) => present.some(({ name }) => name === declaration.name.getText()));
  return factory.updateVariableStatement(statement, statement.modifiers, factory.updateVariableDeclarationList(declarationList, declarations));
}

function namesOf(t: TypeScript, statement: ts.Statement): DeclaredName[] {
  if (t.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => ({ name: name.getText(), kind: 'variable' }));
  if (t.isImportDeclaration(statement)) return importedNames(t, statement).map((name) => ({ name, kind: 'import' }));
  const kind = t.isFunctionDeclaration(statement) ? 'function' : t.isClassDeclaration(statement) ? 'class' : t.isEnumDeclaration(statement) ? 'enum' : 'type';
  const { name } = statement as { name?: ts.Node };
  return name ? [{ name: name.getText(), kind }] : [];
}

function importedNames(t: TypeScript, { importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  const named = !bindings ? [] : t.isNamespaceImport(bindings) ? [bindings.name] : bindings.elements.map(({ name }) => name);
  return [...(importClause?.name ? [importClause.name] : []), ...named].map((name) => name.getText());
}

function parse(typescript: TypeScript, text: string): ts.SourceFile {
  return typescript.createSourceFile('session.d.ts', text, typescript.ScriptTarget.Latest, true);
}
