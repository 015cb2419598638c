import * as path from 'node:path';
import * as vscode from 'vscode';
import { ProxyCache } from './proxyCache.js';
import { ProxyMaker } from './proxyMaker.js';
import { cacheSizeSetting } from './videoFiles.js';

/** The playable versions that video previews and notebook outputs share. Touches no file yet. */
export function playableVersions(context: vscode.ExtensionContext): ProxyMaker {
  const capBytes = (): number => vscode.workspace.getConfiguration('frameloom').get(cacheSizeSetting, 2000) * 1e6;
  return new ProxyMaker(new ProxyCache(path.join(context.globalStorageUri.fsPath, 'video-proxies'), capBytes));
}
