import path from 'node:path';
import ts from 'typescript';
import { commonJs } from '../typescript/commonJs.js';
import type { Script } from '../typescript/commonJs.js';
import { textOf } from './localFiles.js';
import type { VirtualFiles } from './localFiles.js';

/**
 * Compiles a file beside the notebook.
 *
 * @returns the script, or what a JSON file holds.
 * @throws SyntaxError naming file, line and column.
 */
export function compileLocalModule(file: string, virtual: VirtualFiles): { script?: Script; json?: unknown } {
  const text = textOf(file, virtual);
  if (file.endsWith('.json')) return { json: parsed(file, text) };
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.Preserve,
      target: ts.ScriptTarget.ES2024,
      jsx: ts.JsxEmit.React,
      esModuleInterop: true,
      allowJs: true,
      inlineSourceMap: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  });
  const wrong = diagnostics.find(({ category, file: where }) => category === ts.DiagnosticCategory.Error && where);
  if (wrong) {
    const { line, character } = wrong.file!.getLineAndCharacterOfPosition(wrong.start ?? 0);
    throw new SyntaxError(
      `${path.basename(file)}:${line + 1}:${character + 1}: ${ts.flattenDiagnosticMessageText(wrong.messageText, '\n')}`,
    );
  }
  const isModule = /\.m[jt]s$/.test(file) || ts.isExternalModule(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return { script: commonJs(outputText, { isModule }) };
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = new SyntaxError(`${path.basename(file)}: ${(error as Error).message}`);
    // The file is to blame, and the stack would tell of the kernel alone.
    problem.stack = String(problem);
    throw problem;
  }
}
