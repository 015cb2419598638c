import * as vscode from 'vscode';
import { CELL_LANGUAGE, KERNELSPEC } from '../identifiers.js';

/** One cell of a notebook that we make. */
export interface NewCell {
  readonly kind: 'markdown' | 'code';
  readonly text: string;
}

/** A notebook with these cells that VS Code, JupyterLab and `frameloom run` all open with the TypeScript kernel. */
export function notebookWith(cells: readonly NewCell[]): vscode.NotebookData {
  const data = new vscode.NotebookData(
    cells.map(({ kind, text }) =>
      kind === 'code'
        ? new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, CELL_LANGUAGE)
        : new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, text, 'markdown'),
    ),
  );
  data.metadata = {
    metadata: {
      kernelspec: { display_name: 'TypeScript', language: CELL_LANGUAGE, name: KERNELSPEC },
      language_info: { name: CELL_LANGUAGE, file_extension: '.ts', mimetype: 'text/typescript' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return data;
}
