import * as path from 'node:path';
import * as vscode from 'vscode';
import { RpcPeer } from '../../shared/rpc.js';
import { previewHost, previewPage as pageContract } from '../../shared/videoPreviewProtocol.js';
import type { ClipSlot, ClipView, PreviewHost, PreviewPage } from '../../shared/videoPreviewProtocol.js';
import { editInNotebook } from './editInNotebook.js';
import { PreviewClip } from './previewClip.js';
import { previewPage } from './previewPage.js';
import type { ProxyMaker } from './proxyMaker.js';
import { videoExtensions } from './videoFiles.js';

/** What every preview shares. */
export interface PreviewServices {
  readonly extension: vscode.Uri;
  readonly proxies: ProxyMaker;
  warn(message: string): void;
}

/** One panel: its page, the clip in it and the clip it is compared with. */
export class PreviewSession implements vscode.Disposable {
  private readonly peer: RpcPeer<PreviewHost, PreviewPage>;
  private readonly main: PreviewClip;
  private compare: PreviewClip | undefined;
  private range: { first: number; last: number } | undefined;

  constructor(
    readonly uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: PreviewServices,
  ) {
    const { webview } = panel;
    // Nothing else on the disk: the clip's own folder, our script, and the proxies.
    webview.options = { enableScripts: true, localResourceRoots: this.folders().map((folder) => vscode.Uri.file(folder)) };
    this.peer = new RpcPeer<PreviewHost, PreviewPage>(
      {
        send: (message) => void webview.postMessage(message),
        onMessage: (listener) => {
          const subscription = webview.onDidReceiveMessage(listener);
          return () => subscription.dispose();
        },
      },
      previewHost,
      pageContract,
      (problem) => services.warn(`The video preview sent a malformed message: ${problem}`),
    );
    this.main = this.clip(uri.fsPath, 'main');
    this.answer();
    webview.html = previewPage(webview, services.extension);
    this.main.load();
  }

  /** The state of the clip, for tests and commands. */
  view(slot: ClipSlot): ClipView | undefined {
    return slot === 'main' ? this.main.view : this.compare?.view;
  }

  /** Compares with a file; the one before it goes. */
  compareWith(file: string): void {
    this.compare?.dispose();
    this.compare = this.clip(file, 'compare');
    this.compare.load();
  }

  /** Makes a notebook with the clip and its range. */
  async editInNotebook(range = this.range): Promise<void> {
    await editInNotebook(this.uri, this.main.view.facts, range);
  }

  dispose(): void {
    this.peer.close('The preview was closed.');
    this.main.dispose();
    this.compare?.dispose();
  }

  private clip(file: string, slot: ClipSlot): PreviewClip {
    return new PreviewClip(file, slot, {
      proxies: this.services.proxies,
      addressOf: (each) => (this.mayLoad(each) ? this.panel.webview.asWebviewUri(vscode.Uri.file(each)).toString() : undefined),
      tell: (view) => this.peer.emit('clip', view),
    });
  }

  private folders(): string[] {
    return [path.dirname(this.uri.fsPath), path.join(this.services.extension.fsPath, 'dist', 'webview'), this.services.proxies.folder];
  }

  private mayLoad(file: string): boolean {
    return this.folders().some((folder) => {
      const relative = path.relative(folder, file);
      return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
    });
  }

  private answer(): void {
    const { peer } = this;
    const of = (slot: ClipSlot): PreviewClip | undefined => (slot === 'main' ? this.main : this.compare);
    peer.handle('ready', () => {
      peer.emit('clip', this.main.view);
      if (this.compare) peer.emit('clip', this.compare.view);
      return undefined;
    });
    peer.handle('cannotPlay', ({ slot, revision }) => void of(slot)?.cannotPlay(revision));
    peer.handle('cancel', ({ slot }) => void of(slot)?.cancel());
    peer.handle('retry', ({ slot }) => void of(slot)?.load());
    peer.handle('chooseCompare', () => this.chooseCompare());
    peer.handle('endCompare', () => {
      this.compare?.dispose();
      this.compare = undefined;
      peer.emit('compareEnded', undefined);
      return undefined;
    });
    peer.handle('copySettings', async ({ slot }) => {
      const record = of(slot)?.provenance;
      if (record) await vscode.env.clipboard.writeText(JSON.stringify(record, null, 2));
      return undefined;
    });
    peer.handle('editInNotebook', async (range) => {
      await this.editInNotebook(range);
      return undefined;
    });
    peer.on('range', (range) => (this.range = range));
  }

  private async chooseCompare(): Promise<undefined> {
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: 'Compare with',
        openLabel: 'Compare',
        defaultUri: vscode.Uri.file(path.dirname(this.uri.fsPath)),
        filters: { Videos: [...videoExtensions] },
      })) ?? [];
    if (chosen) this.compareWith(chosen.fsPath);
    return undefined;
  }
}
