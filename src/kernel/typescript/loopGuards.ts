import ts from 'typescript';

/** The name under which cells find the guard. */
const GUARD = '__frameloom_loop__';

/** Thrown in a cell's loop when the person interrupted it. */
export class CellInterrupted extends Error {
  /** For programs. */
  readonly code = 'FL_INTERRUPTED';

  constructor() {
    super('The cell was interrupted.');
    this.name = 'CellInterrupted';
  }
}

/**
 * A transformer that puts a check at the head of every loop.
 *
 * A tight loop never returns to the event loop, so no message can reach it. The control thread can end any JavaScript
 * (`terminateScript.ts`), but that runs no `finally` and names no line. A check costs about a nanosecond a turn, runs
 * `finally` blocks and ends the loop with an ordinary exception at the right line.
 */
export const guardLoops: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const guarded = ({ statement: body, ...loop }: ts.IterationStatement): ts.Block => {
    // An interrupted loop is reported where it begins.
    const here = { pos: loop.pos, end: loop.end };
    const call = ts.setSourceMapRange(factory.createCallExpression(factory.createIdentifier(GUARD), undefined, []), here);
    const check = ts.setSourceMapRange(factory.createExpressionStatement(call), here);
    return ts.setTextRange(factory.createBlock([check, ...(ts.isBlock(body) ? body.statements : [body])], true), body);
  };
  const visit = (node: ts.Node): ts.Node => {
    const seen = ts.visitEachChild(node, visit, context);
    if (!ts.isIterationStatement(seen, false)) return seen;
    const body = guarded(seen);
    if (ts.isForStatement(seen)) return factory.updateForStatement(seen, seen.initializer, seen.condition, seen.incrementor, body);
    if (ts.isForInStatement(seen)) return factory.updateForInStatement(seen, seen.initializer, seen.expression, body);
    if (ts.isForOfStatement(seen)) return factory.updateForOfStatement(seen, seen.awaitModifier, seen.initializer, seen.expression, body);
    if (ts.isWhileStatement(seen)) return factory.updateWhileStatement(seen, seen.expression, body);
    return factory.updateDoStatement(seen as ts.DoStatement, body, (seen as ts.DoStatement).expression);
  };
  return (file) => visit(file) as ts.SourceFile;
};

/**
 * Gives cells their guard.
 *
 * @param shouldStop true once the running cell's loops must end; called at every turn of every loop.
 */
export function installLoopGuard(shouldStop: () => boolean): void {
  Object.defineProperty(globalThis, GUARD, {
    value: () => {
      if (shouldStop()) throw new CellInterrupted();
    },
  });
}
