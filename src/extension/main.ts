import * as vscode from 'vscode';
import { commandIds } from './identifiers.js';
import { HistoryViewProvider } from './history/historyView.js';
import { openLog } from './log.js';
import { FrameloomController } from './notebook/controller.js';
import { KernelStatusBar } from './notebook/statusBar.js';
import { playableVersions } from './videoPreview/playableVersions.js';
import { VariablesView } from './variables/variablesView.js';
import { registerVideoPreview } from './videoPreview/videoPreview.js';

/** What the extension gives to its tests. */
export interface FrameloomApi {
  readonly controller: FrameloomController;
  /** How long `activate` took, in ms. */
  readonly activationMs: number;
}

/**
 * Called by VS Code with the first notebook, video or command of ours. Registers and does nothing else: what a feature
 * needs is loaded when the feature is first used.
 */
export function activate(context: vscode.ExtensionContext): FrameloomApi {
  const started = performance.now();
  const log = openLog(context);
  const versions = playableVersions(context);
  const controller = new FrameloomController(context.extensionPath, versions, log);
  context.subscriptions.push(
    controller,
    new KernelStatusBar(controller),
    new VariablesView(controller),
    new HistoryViewProvider(context.extensionUri, controller, log),
    registerVideoPreview(context, versions),
  );
  helpWriting(context, controller, log);

  const register = <A extends unknown[]>(command: string, run: (...args: A) => Promise<void>): void => {
    context.subscriptions.push(vscode.commands.registerCommand(command, (...args: A) => run(...args).catch(tell(log))));
  };
  register(commandIds.newNotebook, async () => (await import('./commands/newNotebook.js')).newNotebook());
  register(commandIds.openSampleNotebook, async (choice?: string) =>
    (await import('./commands/openSampleNotebook.js')).openSampleNotebook(context.extensionUri, choice),
  );
  register(commandIds.showDiagnostics, async () => (await import('./commands/showDiagnostics.js')).showDiagnostics(context, log));
  register(commandIds.restartKernel, async () => (await import('./commands/kernelCommands.js')).restartKernel(controller));
  register(commandIds.interruptKernel, async () => (await import('./commands/kernelCommands.js')).interruptKernel(controller));
  register(commandIds.kernelMenu, async () => (await import('./commands/kernelCommands.js')).kernelMenu(controller));
  register(commandIds.cleanUpNotebookFiles, async () =>
    (await import('./commands/cleanUpNotebookFiles.js')).cleanUpNotebookFiles(controller),
  );
  register(commandIds.showLog, async () => log.show());

  const activationMs = performance.now() - started;
  log.info(`Activated in ${activationMs.toFixed(1)} ms`);
  return { controller, activationMs };
}

/** Starts the help in writing with the first notebook of ours. */
function helpWriting(context: vscode.ExtensionContext, controller: FrameloomController, log: ReturnType<typeof openLog>): void {
  let started = false;
  const start = async (): Promise<void> => {
    if (started || !vscode.workspace.notebookDocuments.some((notebook) => controller.isOurs(notebook))) return;
    started = true;
    const { WritingHelp } = await import('./language/writingHelp.js');
    context.subscriptions.push(new WritingHelp(context.extensionPath, controller, log));
  };
  context.subscriptions.push(
    vscode.workspace.onDidOpenNotebookDocument(() => void start()),
    controller.onDidChange(() => void start()),
  );
  // Not within activation: it takes a turn of its own.
  setTimeout(() => void start(), 0);
}

/** An error of a command is a sentence for the person, and a stack for the log. */
function tell(log: ReturnType<typeof openLog>): (error: unknown) => void {
  return (error) => {
    log.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  };
}
