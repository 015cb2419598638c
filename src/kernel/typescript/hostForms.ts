import ts from 'typescript';

/** What the code of a cell or of a file beside it is called with: the names of CommonJS, and ours. */
export const PARAMETERS = [
  'exports',
  'require',
  'module',
  '__filename',
  '__dirname',
  '__frameloom_value__',
  '__frameloom_import__',
  '__frameloom_meta__',
] as const;

/** Names of {@link PARAMETERS} that people declare for themselves, as ES modules lack them. */
export const OFTEN_DECLARED: readonly string[] = ['exports', 'require', 'module', '__filename', '__dirname'];

const [VALUE, IMPORT, META] = PARAMETERS.slice(-3) as [string, string, string];

/** A transformer that hands a cell's last value over: its last statement `x` becomes `__frameloom_value__(x)`. */
export const handOverLastValue: ts.TransformerFactory<ts.SourceFile> =
  ({ factory }) =>
  (file) => {
    const at = file.statements.findLastIndex((statement) => !ts.isExportDeclaration(statement) && !ts.isEmptyStatement(statement));
    const last = file.statements[at];
    if (!last || !ts.isExpressionStatement(last)) return file;
    const call = factory.createCallExpression(factory.createIdentifier(VALUE), undefined, [last.expression]);
    return factory.updateSourceFile(
      file,
      file.statements.map((statement) => (statement === last ? factory.updateExpressionStatement(last, call) : statement)),
    );
  };

/** A transformer for what only ES modules have: `import(…)` and `import.meta` become ours, as code runs as CommonJS. */
export const replaceModuleForms: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    const seen = ts.visitEachChild(node, visit, context);
    if (ts.isMetaProperty(seen) && seen.keywordToken === ts.SyntaxKind.ImportKeyword) return factory.createIdentifier(META);
    if (ts.isCallExpression(seen) && seen.expression.kind === ts.SyntaxKind.ImportKeyword)
      return factory.updateCallExpression(seen, factory.createIdentifier(IMPORT), undefined, seen.arguments);
    return seen;
  };
  return (file) => visit(file) as ts.SourceFile;
};

/** Whether a file awaits outside of its functions. */
export function hasTopLevelAwait(file: ts.SourceFile): boolean {
  const look = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node) || ts.isPropertyDeclaration(node)) return false;
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) return true;
    return ts.forEachChild(node, (child) => look(child) || undefined) ?? false;
  };
  return look(file);
}
