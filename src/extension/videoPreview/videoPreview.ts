import * as vscode from 'vscode';
import { keepDefaultEditor } from './defaultEditor.js';
import { editInNotebook } from './editInNotebook.js';
import type { ProxyMaker } from './proxyMaker.js';
import { VIDEO_PREVIEW, videoPreviewCommands } from './videoFiles.js';
import { VideoPreviewProvider } from './videoPreviewProvider.js';

/** Registers the video preview, its commands and its setting. Reads no file and starts no program yet. */
export function registerVideoPreview(context: vscode.ExtensionContext, versions: ProxyMaker): vscode.Disposable {
  const provider = new VideoPreviewProvider(context.extensionUri, versions);
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(VIDEO_PREVIEW, provider, { supportsMultipleEditorsPerDocument: true }),
    registerCommand(videoPreviewCommands.open, (uri?: vscode.Uri) => open(uri ?? tabUri())),
    registerCommand(videoPreviewCommands.compare, (uri?: vscode.Uri, selected?: readonly vscode.Uri[]) => compare(provider, uri, selected)),
    registerCommand(videoPreviewCommands.editInNotebook, async (uri?: vscode.Uri) => {
      const session = uri ? provider.of(uri)[0] : provider.active;
      if (session) return session.editInNotebook();
      const clip = uri ?? tabUri();
      if (clip) return editInNotebook(clip, undefined, undefined);
      return sayWhichVideo();
    }),
    keepDefaultEditor(context.globalState),
  );
}

async function open(uri: vscode.Uri | undefined): Promise<void> {
  if (!uri) return sayWhichVideo();
  await vscode.commands.executeCommand('vscode.openWith', uri, VIDEO_PREVIEW);
}

/** Two videos selected in the explorer: the first in the preview, the second beside it. */
async function compare(provider: VideoPreviewProvider, uri: vscode.Uri | undefined, selected: readonly vscode.Uri[] = []): Promise<void> {
  const main = uri ?? provider.active?.uri ?? tabUri();
  const other = selected.find((each) => each.toString() !== main?.toString());
  await open(main);
  const session = main && provider.of(main)[0];
  if (session && other) session.compareWith(other.fsPath);
}

/** The file in the active tab, whatever editor shows it. */
function tabUri(): vscode.Uri | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
}

function sayWhichVideo(): void {
  void vscode.window.showInformationMessage('Open a video first, or right-click one in the explorer.');
}
