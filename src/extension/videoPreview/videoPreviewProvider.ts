import type * as vscode from 'vscode';
import { PreviewSession } from './previewSession.js';
import type { PreviewServices } from './previewSession.js';
import type { ProxyMaker } from './proxyMaker.js';

/** Opens videos in previews. A video is never changed here, so its document holds nothing. */
export class VideoPreviewProvider implements vscode.CustomReadonlyEditorProvider {
  private readonly sessions = new Map<vscode.WebviewPanel, PreviewSession>();
  private readonly services: PreviewServices;

  constructor(extension: vscode.Uri, versions: ProxyMaker) {
    this.services = { extension, proxies: versions, warn: (message) => console.warn(message) };
  }

  /** The preview that the user looks at. */
  get active(): PreviewSession | undefined {
    for (const [panel, session] of this.sessions) if (panel.active) return session;
    return undefined;
  }

  /** All previews of a file. */
  of(uri: vscode.Uri): PreviewSession[] {
    return [...this.sessions.values()].filter((session) => session.uri.toString() === uri.toString());
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    if (uri.scheme !== 'file') {
      panel.webview.html =
        '<!DOCTYPE html><html lang="en"><body><p>This video is not a file on this machine, so it cannot be previewed. Save it to a folder first.</p></body></html>';
      return;
    }
    const session = new PreviewSession(uri, panel, this.services);
    this.sessions.set(panel, session);
    panel.onDidDispose(() => {
      this.sessions.delete(panel);
      session.dispose();
    });
  }
}
