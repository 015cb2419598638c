import ts from 'typescript';

/** A name that a cell declares at its top level and the cells below can use. */
export interface DeclaredName {
  readonly name: string;
  readonly kind: 'variable' | 'function' | 'class' | 'enum' | 'namespace' | 'type' | 'import';
  /** True for `let` and `var`: the cells below may assign to it. */
  readonly assignable: boolean;
  /** True when the cell exports it itself, under this name. */
  readonly exported: boolean;
}

/** The names that a cell hands on: what it declares and what it imports. */
export function declaredNames(source: ts.SourceFile): DeclaredName[] {
  const names = new Map<string, DeclaredName>();
  const listed = exportedByList(source);
  const add = (name: string, kind: DeclaredName['kind'], statement: ts.Statement, assignable = false): void => {
    // An interface and a variable of one name are one name with a value.
    if (kind === 'type' && names.has(name)) return;
    names.set(name, { name, kind, assignable, exported: listed.has(name) || isExported(statement) });
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const assignable =
        (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Let ||
        (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === 0;
      for (const { name } of statement.declarationList.declarations)
        for (const bound of boundNames(name)) add(bound, 'variable', statement, assignable);
    } else if (ts.isImportDeclaration(statement)) {
      for (const name of importedNames(statement.importClause)) add(name, 'import', statement);
    } else if (ts.isImportEqualsDeclaration(statement)) {
      add(statement.name.text, 'import', statement);
    } else {
      const kind = kindOf(statement);
      const { name } = statement as { name?: ts.Node };
      if (kind && name && ts.isIdentifier(name)) add(name.text, kind, statement);
    }
  }
  names.delete(''); // what stands there while a declaration is being typed
  return [...names.values()];
}

function kindOf(statement: ts.Statement): DeclaredName['kind'] | undefined {
  if (ts.isFunctionDeclaration(statement)) return 'function';
  if (ts.isClassDeclaration(statement)) return 'class';
  if (ts.isEnumDeclaration(statement)) return 'enum';
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return 'type';
  // `declare global` names nothing: it adds to what every cell sees.
  return ts.isModuleDeclaration(statement) && !(statement.flags & ts.NodeFlags.GlobalAugmentation) ? 'namespace' : undefined;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const has = (kind: ts.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
  return has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
}

/** What stands in lists such as `export { a, b as c }`; not in those that hand on another module's names. */
export function localExports(statements: readonly ts.Statement[]): ts.ExportSpecifier[] {
  return statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && !statement.moduleSpecifier && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? [...statement.exportClause.elements]
      : [],
  );
}

/** The names in such lists that are exported as they are called: in `export { a, b as c }` it is `a`. */
function exportedByList({ statements }: ts.SourceFile): Set<string> {
  const same = localExports(statements).filter(({ name, propertyName }) => !propertyName || propertyName.text === name.text);
  return new Set(same.map(({ name }) => name.text));
}

/** The names that a pattern binds: `a`, or every name in `{ a, b: [c] }`. */
export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = !bindings ? [] : ts.isNamespaceImport(bindings) ? [bindings.name.text] : bindings.elements.map(({ name }) => name.text);
  return clause?.name ? [clause.name.text, ...named] : named;
}
