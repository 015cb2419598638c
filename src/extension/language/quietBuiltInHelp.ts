import * as vscode from 'vscode';
import { NOTEBOOK_TYPE } from '../identifiers.js';
import type { Log } from '../log.js';
import type { FrameloomController } from '../notebook/controller.js';

/** The name of our plugin for VS Code's TypeScript server, as package.json contributes it. */
export const TSSERVER_PLUGIN = 'frameloom-tsserver-plugin';

/** The part of the built-in extension's interface that is for plugins. */
interface TypeScriptExtensionApi {
  getAPI(version: 0): { configurePlugin(plugin: string, configuration: unknown): void } | undefined;
}

/**
 * VS Code's own TypeScript help takes every cell for a file of its own, so it would call a clip from the cell above `any`
 * and grey out what only a later cell uses. Our plugin in its server keeps it silent in notebooks; here it learns which
 * notebooks belong to other kernels, where it must not.
 */
export function quietBuiltInHelp(controller: FrameloomController, log: Log): vscode.Disposable {
  let told = '[]';
  const tell = async (): Promise<void> => {
    const others = vscode.workspace.notebookDocuments
      .filter((notebook) => notebook.notebookType === NOTEBOOK_TYPE && !controller.isOurs(notebook))
      .map(({ uri }) => uri.path);
    if (JSON.stringify(others) === told) return;
    told = JSON.stringify(others);
    const extension = vscode.extensions.getExtension<TypeScriptExtensionApi>('vscode.typescript-language-features');
    try {
      // Switched off by the person, it has nothing to say in notebooks either.
      (await extension?.activate())?.getAPI(0)?.configurePlugin(TSSERVER_PLUGIN, { otherNotebooks: others });
    } catch (error) {
      log.warn(`VS Code's TypeScript help could not be told about notebooks: ${String(error)}`);
    }
  };
  void tell();
  return vscode.Disposable.from(
    controller.onDidChange(() => void tell()),
    vscode.workspace.onDidOpenNotebookDocument(() => void tell()),
  );
}
