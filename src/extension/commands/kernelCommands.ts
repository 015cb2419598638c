import * as vscode from 'vscode';
import type { FrameloomController } from '../notebook/controller.js';
import { commandIds } from '../identifiers.js';

/** The notebook a kernel command is about: the one in front, if it is ours. */
function notebookInFront(controller: FrameloomController): vscode.NotebookDocument | undefined {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook && controller.isOurs(notebook)) return notebook;
  void vscode.window.showInformationMessage('Open a notebook that uses the Frameloom kernel first.');
  return undefined;
}

/** Ends the kernel of the notebook in front and starts a fresh one. */
export async function restartKernel(controller: FrameloomController): Promise<void> {
  const notebook = notebookInFront(controller);
  if (!notebook) return;
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Restarting the Frameloom kernel' }, () =>
    controller.restart(notebook),
  );
}

/** Ends the running cell of the notebook in front at its next step. */
export async function interruptKernel(controller: FrameloomController): Promise<void> {
  const notebook = notebookInFront(controller);
  if (notebook) await controller.interrupt(notebook);
}

/** What a click on the status bar entry offers. */
export async function kernelMenu(controller: FrameloomController): Promise<void> {
  const notebook = notebookInFront(controller);
  if (!notebook) return;
  const busy = controller.sessionOf(notebook)?.kernel.state.kind === 'busy';
  const interrupt = {
    label: '$(debug-stop) Interrupt',
    detail: 'Ends the running cell at its next step; variables stay.',
    command: commandIds.interruptKernel,
  };
  const choices = [
    ...(busy ? [interrupt] : []),
    {
      label: '$(debug-restart) Restart',
      detail: 'Starts a fresh kernel; variables are lost, outputs stay.',
      command: commandIds.restartKernel,
    },
    { label: '$(output) Show Log', detail: 'What the extension and its kernels did.', command: commandIds.showLog },
    { label: '$(pulse) Show Diagnostics', detail: 'What works on this computer and what does not.', command: commandIds.showDiagnostics },
  ];
  const choice = await vscode.window.showQuickPick(choices, { title: 'Frameloom Kernel' });
  if (choice) await vscode.commands.executeCommand(choice.command);
}
