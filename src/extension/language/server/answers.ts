import type { CallSignature, CellDiagnostic, Declaration, Explanation, Proposal, Span } from '../protocol.js';
import { CELL_STEM } from '../../../shared/cells/cellModule.js';
import { inWordsOfCells } from '../../../shared/cells/relevantDiagnostics.js';
import { markdownOf } from './documentation.js';
import type { CellModule } from './cellModules.js';
import type { ModulePlace, NotebookProgram } from './notebookProgram.js';
import { ts } from './typescript.js';
import type { TypeScript } from './typescript.js';

const preferences: TypeScript.GetCompletionsAtPositionOptions = {
  includeCompletionsWithInsertText: true,
  includeCompletionsForImportStatements: false,
};

/** What the kernel would refuse a cell for. */
export function diagnosticsOf(program: NotebookProgram, module: CellModule): CellDiagnostic[] {
  return program.complaints(module).flatMap((diagnostic) => {
    const span = spanInCell(module, diagnostic.start ?? 0, diagnostic.length ?? 0);
    return span ? [{ ...span, ...inWordsOfCells(diagnostic) }] : [];
  });
}

/** What could stand at a place. */
export function proposalsAt({ service }: NotebookProgram, { module, position }: ModulePlace): Proposal[] {
  const found = service.getCompletionsAtPosition(module.file, position, preferences)?.entries ?? [];
  return found
    .filter(({ name }) => !name.startsWith(CELL_STEM))
    .map(({ name, kind, sortText, insertText, replacementSpan, kindModifiers }) => ({
      name,
      kind,
      sortText,
      ...(insertText === undefined ? {} : { insertText }),
      ...(replacementSpan ? { replace: spanInCell(module, replacementSpan.start, replacementSpan.length) } : {}),
      ...(kindModifiers?.includes('deprecated') ? { deprecated: true } : {}),
    }));
}

/** What a proposal is. */
export function explainProposal({ service }: NotebookProgram, { module, position }: ModulePlace, name: string): Explanation | null {
  const details = service.getCompletionEntryDetails(module.file, position, name, undefined, undefined, preferences, undefined);
  return details
    ? { signature: signatureText(details.displayParts), documentation: markdownOf(details.documentation, details.tags) }
    : null;
}

/** What stands at a place. */
export function hoverAt({ service }: NotebookProgram, { module, position }: ModulePlace): (Explanation & Span) | null {
  const info = service.getQuickInfoAtPosition(module.file, position);
  const span = info && spanInCell(module, info.textSpan.start, info.textSpan.length);
  if (!info || !span) return null;
  return { ...span, signature: signatureText(info.displayParts), documentation: markdownOf(info.documentation, info.tags) };
}

/** The ways to call the function whose arguments stand around a place. */
export function signaturesAt(
  { service }: NotebookProgram,
  { module, position }: ModulePlace,
): { signatures: CallSignature[]; active: number; parameter: number } | null {
  const help = service.getSignatureHelpItems(module.file, position, undefined);
  if (!help) return null;
  const signatures = help.items.map((item) => {
    const parameters = item.parameters.map(({ displayParts, documentation }) => ({
      label: textOf(displayParts),
      documentation: markdownOf(documentation),
    }));
    const list = parameters.map(({ label }) => label).join(textOf(item.separatorDisplayParts));
    const signature = `${textOf(item.prefixDisplayParts)}${list}${textOf(item.suffixDisplayParts)}`;
    // The documentation of parameters is shown with each of them.
    return {
      signature,
      parameters,
      documentation: markdownOf(
        item.documentation,
        item.tags.filter(({ name }) => name !== 'param'),
      ),
    };
  });
  return { signatures, active: help.selectedItemIndex, parameter: help.argumentIndex };
}

/** Where what stands at a place is declared. */
export function definitionsAt(program: NotebookProgram, { module, position }: ModulePlace): Declaration[] {
  const found = program.service.getDefinitionAtPosition(module.file, position) ?? [];
  return found.flatMap(({ fileName, textSpan }): Declaration[] => {
    const cell = program.cellOf(fileName);
    if (cell) {
      const span = spanInCell(cell, textSpan.start, textSpan.length);
      return span ? [{ kind: 'cell', cell: cell.uri, ...span }] : [];
    }
    const at = program.service.getProgram()?.getSourceFile(fileName)?.getLineAndCharacterOfPosition(textSpan.start);
    return at ? [{ kind: 'file', file: fileName, ...at }] : [];
  });
}

/** A span of a module as a span of its cell; undefined when it lies in what we put before the cell. */
function spanInCell({ prefix, cellText }: CellModule, start: number, length: number): Span | undefined {
  const from = start - prefix.length;
  if (from < 0) return undefined;
  // An unclosed brace is missed after the end: say so on the cell's last character.
  if (from >= cellText.length) return { start: Math.max(0, cellText.length - 1), length: Math.min(1, cellText.length) };
  return { start: from, length: Math.min(length, cellText.length - from) };
}

/** Names from other cells are imports to TypeScript; to the person they are just variables. */
function signatureText(parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string {
  return textOf(parts)
    .replace(/^\(alias\) /, '')
    .replace(/\nimport \S+$/, '')
    .replace(/\nimport \S+ from '\.\/__frameloom_cell_\w+'$/, '');
}

function textOf(parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string {
  return ts.displayPartsToString([...(parts ?? [])]);
}
