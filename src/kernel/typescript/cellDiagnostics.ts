import * as path from 'node:path';
import ts from 'typescript';
import type { CellProgram } from '../../shared/cells/cellProgram.js';
import { inWordsOfCells } from '../../shared/cells/relevantDiagnostics.js';
import type { CellPosition, Diagnostic } from '../../shared/kernelProtocol.js';

/**
 * What is wrong with a cell, and with the TypeScript files beside the notebook that it needs.
 *
 * @param before how many characters stand before the cell in its module.
 */
export function diagnosticsOf(program: CellProgram, file: string, before: number, code: string): Diagnostic[] {
  const own = program.complaints(file).map((diagnostic) => ({ ...inWordsOfCells(diagnostic), ...spanInCell(diagnostic, before, code) }));
  const others = program.sourcesOf(file).filter(({ fileName }) => fileName !== file && /\.[cm]?tsx?$/.test(fileName));
  return [
    ...own,
    ...others.flatMap(({ fileName }) =>
      program.complaints(fileName).map((diagnostic) => ofAnotherFile(diagnostic, program.folder, before, code)),
    ),
  ];
}

/** A complaint about a file beside the notebook names the file; it stands where the cell imports it, or at the cell's start. */
function ofAnotherFile(diagnostic: ts.Diagnostic, folder: string, before: number, code: string): Diagnostic {
  const { message, code: number } = inWordsOfCells(diagnostic);
  const source = diagnostic.file!;
  const { line, character } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
  const name = path.relative(folder, source.fileName);
  const mentioned = ts
    .preProcessFile(code, true, true)
    .importedFiles.find(
      ({ fileName }) =>
        path.posix.basename(fileName).replace(/\.[cm]?[jt]sx?$/, '') === path.posix.basename(source.fileName).replace(/\.[cm]?tsx?$/, ''),
    );
  const place = spanInCell({ start: before + (mentioned?.pos ?? 0), length: mentioned ? mentioned.end - mentioned.pos : 0 }, before, code);
  return { message: `${name}:${line + 1}:${character + 1}: ${message}`, code: number, ...place };
}

/** A span of the cell's module as a person counts; what lies outside of the cell is moved into it. */
function spanInCell(
  { start = 0, length = 0 }: { start?: number; length?: number },
  before: number,
  code: string,
): { start: CellPosition; end: CellPosition } {
  const from = Math.min(Math.max(0, start - before), code.length);
  return { start: positionAt(code, from), end: positionAt(code, Math.min(Math.max(from, start + length - before), code.length)) };
}

function positionAt(text: string, offset: number): CellPosition {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
