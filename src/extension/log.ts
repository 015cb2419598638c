import * as vscode from 'vscode';

/** Where the extension writes what happened: the output channel "Frameloom". */
export type Log = Pick<vscode.LogOutputChannel, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'show'>;

/** Opens the output channel; it is disposed of with the extension. */
export function openLog(context: vscode.ExtensionContext): Log {
  const channel = vscode.window.createOutputChannel('Frameloom', { log: true });
  context.subscriptions.push(channel);
  return channel;
}
