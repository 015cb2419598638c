import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { type HistoryEntry, summaryOf } from '../../pipeline/history/index.js';
import { historyHost } from '../../shared/historyProtocol.js';
import type { HistoryHost, HistoryView as View } from '../../shared/historyProtocol.js';
import type { HistoryRow, PictureUri } from '../../shared/outputs/index.js';
import { offersNothing, RpcPeer } from '../../shared/rpc.js';
import type { OffersNothing } from '../../shared/rpc.js';
import { HISTORY_VIEW } from '../identifiers.js';
import type { Log } from '../log.js';
import type { FrameloomController } from '../notebook/controller.js';
import { HistoryActions } from './historyActions.js';
import { historyOf, storeOf } from './historyPlace.js';

/** Runs that the page is told; more nobody scrolls through, and they are still in `history.table()`. */
const mostShown = 200;

/** The view "Frameloom: History": the runs of the notebook in front, read from the files beside it, also when no kernel runs. */
export class HistoryViewProvider implements vscode.WebviewViewProvider, vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private readonly actions: HistoryActions;
  private page: { readonly peer: RpcPeer<HistoryHost, OffersNothing>; readonly view: vscode.WebviewView } | undefined;
  private watcher: { readonly folder: string; readonly watch: vscode.Disposable } | undefined;
  private turn = 0;
  private notebook: vscode.NotebookDocument | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly controller: FrameloomController,
    private readonly log: Log,
  ) {
    this.actions = new HistoryActions(controller);
    this.subscriptions = [
      vscode.window.registerWebviewViewProvider(HISTORY_VIEW, this),
      vscode.window.onDidChangeActiveNotebookEditor(() => this.follow()),
      controller.onDidChange(() => this.follow()),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.extension, 'dist', 'webview')] };
    const peer = new RpcPeer<HistoryHost, OffersNothing>(
      {
        send: (message) => void webview.postMessage(message),
        onMessage: (listener) => {
          const subscription = webview.onDidReceiveMessage(listener);
          return () => subscription.dispose();
        },
      },
      historyHost,
      offersNothing,
      (problem) => this.log.warn(`The history view sent a malformed message: ${problem}`),
    );
    peer.handle('ready', () => this.refresh());
    peer.handle('open', ({ id }) => this.act((notebook) => this.actions.open(notebook, id)));
    peer.handle('remake', ({ id }) => this.act((notebook) => this.actions.remake(notebook, id)));
    peer.handle('compare', ({ a, b }) => this.act((notebook) => this.actions.compare(notebook, a, b)));
    peer.handle('copySettings', ({ id }) => this.act((notebook) => this.actions.copySettings(notebook, id)));
    this.page = { peer, view };
    view.onDidDispose(() => {
      peer.close('The view was closed.');
      this.page = undefined;
    });
    view.onDidChangeVisibility(() => void this.refresh());
    webview.html = this.html(webview);
    this.follow();
  }

  dispose(): void {
    this.watcher?.watch.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The notebook in front is another one, or what its kernel does changed. */
  private follow(): void {
    const front = vscode.window.activeNotebookEditor?.notebook;
    // Looking into the view takes the notebook out of front.
    if (front && this.controller.isOurs(front)) this.notebook = front;
    if (this.notebook?.isClosed) this.notebook = undefined;
    const folder = this.notebook && historyOf(this.notebook);
    if (this.watcher?.folder !== folder) {
      this.watcher?.watch.dispose();
      this.watcher = folder === undefined ? undefined : { folder, watch: this.watch(folder) };
    }
    void this.refresh();
  }

  private watch(folder: string): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, 'run-*.json'), false, true, false);
    const refresh = (): void => void this.refresh();
    return vscode.Disposable.from(watcher, watcher.onDidCreate(refresh), watcher.onDidDelete(refresh));
  }

  private async refresh(): Promise<undefined> {
    const { page } = this;
    if (!page?.view.visible) return undefined;
    const turn = ++this.turn;
    const view = await this.read();
    // What was asked later is newer.
    if (turn === this.turn && this.page === page) page.peer.emit('view', view);
    return undefined;
  }

  private async read(): Promise<View> {
    const { notebook } = this;
    if (!notebook) return { runs: [], omitted: 0, note: 'Open a notebook of Frameloom to see its runs here.' };
    const name = path.basename(notebook.uri.fsPath);
    try {
      const entries = await storeOf(notebook).readAll();
      const note = entries.length === 0 ? `No runs in ${name} yet: every edit and every clip that it makes is noted here.` : undefined;
      return { notebook: name, runs: entries.slice(0, mostShown).map(rowOf), omitted: Math.max(0, entries.length - mostShown), note };
    } catch (error) {
      return { notebook: name, runs: [], omitted: 0, note: error instanceof Error ? error.message : String(error) };
    }
  }

  private async act(work: (notebook: vscode.NotebookDocument) => Promise<void>): Promise<undefined> {
    try {
      if (this.notebook && !this.notebook.isClosed) await work(this.notebook);
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  /** The page may run our one script and show pictures that stand in what it is told, and nothing else. */
  private html(webview: vscode.Webview): string {
    const nonce = randomBytes(18).toString('base64');
    const script = webview.asWebviewUri(vscode.Uri.joinPath(this.extension, 'dist', 'webview', 'historyView.js'));
    const policy = `default-src 'none'; img-src data:; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frameloom History</title>
</head>
<body>
<script type="module" nonce="${nonce}" src="${script.toString()}"></script>
</body>
</html>`;
  }
}

function rowOf(entry: HistoryEntry): HistoryRow {
  const { file: _, picture, ...rest } = summaryOf(entry);
  return { ...rest, ...(picture === undefined ? {} : { picture: picture as PictureUri }) };
}
