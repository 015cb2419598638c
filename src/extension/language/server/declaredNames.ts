import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

/** A name that a cell declares at its top level and the cells below can use. */
export interface DeclaredName {
  readonly name: string;
  /** True for `let` and `var`: the cells below may assign to it. */
  readonly assignable: boolean;
  /** True when the cell exports it itself. */
  readonly exported: boolean;
}

/** The names that a cell hands on: what it declares and what it imports. */
export function declaredNames(source: TypeScript.SourceFile): DeclaredName[] {
  const names = new Map<string, DeclaredName>();
  const add = (name: string, statement: TypeScript.Statement, assignable = false): void => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    names.set(name, { name, assignable, exported: modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) });
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const assignable = (statement.declarationList.flags & ts.NodeFlags.Const) === 0;
      for (const { name } of statement.declarationList.declarations) for (const bound of boundNames(name)) add(bound, statement, assignable);
    } else if (ts.isImportDeclaration(statement)) {
      for (const name of importedNames(statement.importClause)) add(name, statement);
    } else if (isNamedDeclaration(statement) && statement.name && ts.isIdentifier(statement.name)) {
      add(statement.name.text, statement);
    }
  }
  names.delete(''); // what stands there while a declaration is being typed
  return [...names.values()];
}

function isNamedDeclaration(statement: TypeScript.Statement): statement is TypeScript.DeclarationStatement {
  return (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  );
}

function boundNames(name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function importedNames(clause: TypeScript.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = !bindings ? [] : ts.isNamespaceImport(bindings) ? [bindings.name.text] : bindings.elements.map(({ name }) => name.text);
  return clause?.name ? [clause.name.text, ...named] : named;
}
