import type * as ts from '@tslab/typescript-for-tslab';
import type { TypeScript } from './compilerFacade.js';

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
 * A transformer that puts a check at the head of every loop of a cell.
 *
 * A tight loop never returns to the event loop, so no message can reach it. Terminating the script from another
 * thread would tear Node's own bookkeeping apart (its async hooks stack), and SIGINT exists on POSIX only and reaches
 * only a cell's synchronous part. A check costs about a nanosecond a turn, works everywhere, runs `finally` blocks
 * and ends the loop with an ordinary exception at the right line.
 */
export function guardLoops({ factory, visitEachChild, isIterationStatement, isBlock, setTextRange, isForStatement, isForInStatement, isForOfStatement, isWhileStatement, setSourceMapRange }: TypeScript): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const guarded = ({ statement: body, ...loop }: ts.IterationStatement): ts.Block => {
      // An interrupted loop is reported where it begins.
      const here = { pos: loop.pos, end: loop.end };
      const call = setSourceMapRange(factory.createCallExpression(factory.createIdentifier(GUARD), undefined, []), here);
      const check = setSourceMapRange(factory.createExpressionStatement(call), here);
      return setTextRange(factory.createBlock([check, ...(isBlock(body) ? body.statements : [body])], true), body);
    };
    const visit = (node: ts.Node): ts.Node => {
      const seen = visitEachChild(node, visit, context);
      if (!isIterationStatement(seen, false)) return seen;
      const body = guarded(seen);
      if (isForStatement(seen)) return factory.updateForStatement(seen, seen.initializer, seen.condition, seen.incrementor, body);
      if (isForInStatement(seen)) return factory.updateForInStatement(seen, seen.initializer, seen.expression, body);
      if (isForOfStatement(seen)) return factory.updateForOfStatement(seen, seen.awaitModifier, seen.initializer, seen.expression, body);
      if (isWhileStatement(seen)) return factory.updateWhileStatement(seen, seen.expression, body);
      return factory.updateDoStatement(seen as ts.DoStatement, body, (seen as ts.DoStatement).expression);
    };
    return (file) => visit(file) as ts.SourceFile;
  };
}

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
