import ts from 'typescript';
import type { CompletionItem, KernelContract } from '../../shared/kernelProtocol.js';
import { CELL_STEM } from '../../shared/cells/cellModule.js';
import type { CellCompiler } from './cellCompiler.js';

type Completion = KernelContract['requests']['complete'];
type Inspection = KernelContract['requests']['inspect'];

/** What could stand at an offset of a cell, best first. */
export function completionsAt(compiler: CellCompiler, { code, offset }: Completion['params']): Completion['result'] {
  return compiler.ask(code, offset, ({ service, file, position }) => {
    const found = service.getCompletionsAtPosition(file, position, {})?.entries ?? [];
    const word = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, offset))![0];
    const rest = /^[\p{ID_Continue}$]*/u.exec(code.slice(offset))![0];
    const ranked = found.flatMap((entry) => {
      const rank = rankOf(entry.name, word);
      return rank === undefined || entry.name.startsWith(CELL_STEM) ? [] : [{ entry, rank }];
    });
    ranked.sort((a, b) => a.rank - b.rank || (a.entry.sortText < b.entry.sortText ? -1 : a.entry.sortText > b.entry.sortText ? 1 : 0));
    const items = ranked.map(({ entry: { name, kind } }, index): CompletionItem => ({
      name,
      kind,
      sortText: String(index).padStart(5, '0'),
    }));
    return { start: offset - word.length, end: offset + rest.length, items };
  });
}

/** What is known of the thing at an offset of a cell. */
export function inspectionAt(compiler: CellCompiler, { code, offset }: Inspection['params']): Inspection['result'] {
  return compiler.ask(code, offset, ({ service, file, position, before }) => {
    const info = service.getQuickInfoAtPosition(file, position);
    if (!info) return null;
    // A name of another cell is an import to TypeScript; what the person wants to know stands at its declaration.
    const declared = service
      .getDefinitionAtPosition(file, position)
      ?.find(({ fileName }) => fileName !== file && fileName.includes(CELL_STEM));
    const { displayParts } = (declared && service.getQuickInfoAtPosition(declared.fileName, declared.textSpan.start)) ?? info;
    const tags = (info.tags ?? []).map(({ name, text }) => `*@${name}* ${ts.displayPartsToString(text)}`);
    const signature = ts.displayPartsToString(displayParts);
    const documentation = [ts.displayPartsToString(info.documentation), ...tags].filter(Boolean).join('\n\n');
    return { start: Math.max(0, info.textSpan.start - before), length: info.textSpan.length, signature, documentation };
  });
}

/** How well a name fits what was typed of it: 0 begins with it, 1 but for the case, 2 has it inside; undefined not at all. */
function rankOf(name: string, word: string): number | undefined {
  if (name.startsWith(word)) return 0;
  const [lower, typed] = [name.toLowerCase(), word.toLowerCase()];
  if (lower.startsWith(typed)) return 1;
  return lower.includes(typed) ? 2 : undefined;
}
