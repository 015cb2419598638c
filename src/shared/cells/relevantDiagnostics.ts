import ts from 'typescript';

/** "Cannot assign to 'x' because it is an import": true of our modules, not of the person's cells. */
const assignToImport = 2632;

/** "Cannot assign to 'x' because it is a constant." */
const assignToConstant = 2588;

/** A complaint about a cell's module in the words of the person's cells. */
export function inWordsOfCells({ code, messageText, file, start = 0, length = 0 }: ts.Diagnostic): { message: string; code: number } {
  // Only functions, classes and the like of other cells are imported where they are assigned to.
  if (code === assignToImport)
    return { code: assignToConstant, message: `Cannot assign to '${file?.text.slice(start, start + length)}' because it is a constant.` };
  return { code, message: ts.flattenDiagnosticMessageText(concise(messageText), '\n') };
}

/** "Object literal may only specify known properties", without and with a guess at what was meant. */
const unknownProperty = [2353, 2561];

/** Leaves of a chain of reasons what tells most: an unknown property needs no more words than that. */
function concise(message: string | ts.DiagnosticMessageChain): string | ts.DiagnosticMessageChain {
  if (typeof message === 'string') return message;
  const last = lastOf(message);
  return unknownProperty.includes(last.code) ? last : message;
}

function lastOf(chain: ts.DiagnosticMessageChain): ts.DiagnosticMessageChain {
  const next = chain.next?.at(-1);
  return next ? lastOf(next) : chain;
}
