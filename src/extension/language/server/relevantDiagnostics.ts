import type { CellDiagnostic } from '../protocol.js';
import type { CellModule } from './cellModules.js';
import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

/** "Cannot assign to 'x' because it is an import": true of our modules, not of the person's cells. */
const assignToImport = 2632;

/** "Cannot assign to 'x' because it is a constant." */
const assignToConstant = 2588;

/** "Export declaration conflicts": the cell exports what we export for it. */
const duplicateExport = 2484;

/** A complaint in the words of the person's cells, or nothing when it is only about how cells are joined. */
export function inWordsOfCells(diagnostic: TypeScript.Diagnostic, module: CellModule): Pick<CellDiagnostic, 'message' | 'code'> | undefined {
  const { code } = diagnostic;
  if (code === duplicateExport) return undefined;
  if (code !== assignToImport) return { code, message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n') };
  const start = diagnostic.start ?? 0;
  const name = module.text.slice(start, start + (diagnostic.length ?? 0));
  if (module.assignableImports.has(name)) return undefined;
  return { code: assignToConstant, message: `Cannot assign to '${name}' because it is a constant.` };
}
