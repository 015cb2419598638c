import * as vscode from 'vscode';
import { KERNELSPEC, NOTEBOOK_TYPE } from '../identifiers.js';

/** True when the notebook names our kernelspec, as those do that our command makes and that JupyterLab's tslab made. */
export function namesOurKernel(notebook: vscode.NotebookDocument): boolean {
  return notebook.notebookType === NOTEBOOK_TYPE && kernelspecName(notebook.metadata) === KERNELSPEC;
}

/** Offers our controller first in notebooks that name our kernelspec, and as one of several everywhere else. */
export function keepAffinity(controller: vscode.NotebookController): vscode.Disposable {
  const update = (notebook: vscode.NotebookDocument): void => {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    const { Preferred, Default } = vscode.NotebookControllerAffinity;
    controller.updateNotebookAffinity(notebook, namesOurKernel(notebook) ? Preferred : Default);
  };
  vscode.workspace.notebookDocuments.forEach(update);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenNotebookDocument(update),
    vscode.workspace.onDidChangeNotebookDocument(({ notebook, metadata }) => {
      if (metadata) update(notebook);
    }),
  );
}

/** VS Code keeps the file's own metadata one level down; older versions kept it under `custom`. */
function kernelspecName(metadata: Record<string, unknown>): unknown {
  type Holder = { metadata?: { kernelspec?: { name?: unknown } } } | undefined;
  return ((metadata as Holder)?.metadata ?? (metadata.custom as Holder)?.metadata)?.kernelspec?.name;
}
