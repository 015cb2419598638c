import type * as ts from '@tslab/typescript-for-tslab';
import { LINK } from './cellVariables.js';
import type { TypeScript } from './compilerFacade.js';

/** A name that no cell uses. */
const VALUE = '__value';

/**
 * Transformers that begin a compiled cell with telling the session's variables how to write those that the cell declares:
 * `exports.__link?.({ count: (__value) => { count = __value; }, car: null })`. Only what `let` and `var` declare can be
 * written; other names lose the link that an earlier cell gave them.
 */
export function linkVariables({ factory, isVariableStatement, isFunctionDeclaration, isClassDeclaration, isIdentifier, isOmittedExpression, NodeFlags, SyntaxKind }: TypeScript): { before: ts.TransformerFactory<ts.SourceFile>; after: ts.TransformerFactory<ts.SourceFile> } {
  let names = new Map<string, boolean>();

  const addBound = (name: ts.BindingName, writable: boolean): void => {
    if (isIdentifier(name)) names.set(name.text, writable);
    else for (const element of name.elements) if (!isOmittedExpression(element)) addBound(element.name, writable);
  };

  const write = (name: string): ts.Expression => {
    const assign = factory.createAssignment(factory.createIdentifier(name), factory.createIdentifier(VALUE));
    const parameter = factory.createParameterDeclaration(undefined, undefined, VALUE);
    return factory.createArrowFunction(undefined, undefined, [parameter], undefined, undefined, factory.createBlock([factory.createExpressionStatement(assign)]));
  };

  return {
    before: () => (file) => {
      names = new Map();
      for (const statement of file.statements) {
        if (isVariableStatement(statement)) {
          const writable = (statement.declarationList.flags & NodeFlags.Const) === 0;
          for (const { name } of statement.declarationList.declarations) addBound(name, writable);
        } else if ((isFunctionDeclaration(statement) || isClassDeclaration(statement)) && statement.name) {
          names.set(statement.name.text, false);
        }
      }
      return file;
    },
    // After imports and exports became CommonJS: what is put in now is not taken for an export itself.
    after: () => (file) => {
      if (names.size === 0) return file;
      const entries = [...names].map(([name, writable]) => factory.createPropertyAssignment(name, writable ? write(name) : factory.createNull()));
      const link = factory.createPropertyAccessExpression(factory.createIdentifier('exports'), LINK);
      // TypeScript files beside the notebook are compiled like cells and have plain exports, without links.
      const tell = factory.createCallChain(link, factory.createToken(SyntaxKind.QuestionDotToken), undefined, [factory.createObjectLiteralExpression(entries)]);
      const call = factory.createExpressionStatement(tell);
      return factory.updateSourceFile(file, [call, ...file.statements]);
    },
  };
}
