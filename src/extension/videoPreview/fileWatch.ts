import * as path from 'node:path';
import * as vscode from 'vscode';

/** A file that is being written changes many times; we wait until it has been still this long. */
const stillness = 500;

/** Calls `changed` when a file was changed, replaced or came back, once it is still. */
export function watchFile(file: string, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.file(path.dirname(file));
  // A name may hold characters that mean something in a pattern, so the whole folder is watched.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'), false, false, true);
  let timer: NodeJS.Timeout | undefined;
  const onEvent = (uri: vscode.Uri): void => {
    if (path.basename(uri.fsPath) !== path.basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, stillness);
  };
  return vscode.Disposable.from(watcher, watcher.onDidChange(onEvent), watcher.onDidCreate(onEvent), {
    dispose: () => clearTimeout(timer),
  });
}
