import * as path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findFfmpeg } from '../../../../src/pipeline/video/ffmpegBinaries.js';
import { clipFacts, clipTiming } from '../../../../src/extension/videoPreview/clipReport.js';
import { playbackPlan } from '../../../../src/extension/videoPreview/playability.js';
import { probeFile } from '../../../../src/extension/videoPreview/probeFile.js';
import type { ProxyMaker } from '../../../../src/extension/videoPreview/proxyMaker.js';
import { stampOf } from '../../../../src/extension/videoPreview/proxyCache.js';
import { RpcPeer } from '../../../../src/shared/rpc.js';
import { previewHost, previewPage } from '../../../../src/shared/videoPreviewProtocol.js';
import type { ClipView, PreviewHost, PreviewPage } from '../../../../src/shared/videoPreviewProtocol.js';
import type { FileServer } from './fileServer.js';
import { themeStyle } from './themes.js';
import type { ThemeName } from './themes.js';

/** A preview's page in a browser, with the extension's end of the wire in this process. */
export interface PreviewRig {
  readonly page: Page;
  readonly host: RpcPeer<PreviewHost, PreviewPage>;
  /** Requests of the page, in order: `editInNotebook {"first":0,"last":3}`. */
  readonly asked: string[];
  /** What broke a rule of the page: errors of its script and of its content security policy. */
  readonly problems: string[];
}

/** Opens the page under the policy that it has in VS Code. */
export async function openPreview(
  browser: Browser,
  server: FileServer,
  theme: ThemeName,
  size: { width: number; height: number },
): Promise<PreviewRig> {
  const nonce = 'dGVzdA';
  const policy = `default-src 'none'; media-src ${server.address}; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  server.page(
    'preview',
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><style nonce="${nonce}">${themeStyle(theme)}</style></head><body>
<script nonce="${nonce}">window.acquireVsCodeApi = () => ({ postMessage: (message) => window.toHost(message), getState: () => window.saved, setState: (state) => { window.saved = state; } });</script>
<script type="module" nonce="${nonce}" src="/videoPreview.js"></script></body></html>`,
    policy,
  );
  const page = await browser.newPage({ viewport: size });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => (message.type() === 'error' ? problems.push(message.text()) : 0));
  const listeners = new Set<(message: unknown) => void>();
  await page.exposeFunction('toHost', (message: unknown) => listeners.forEach((listener) => listener(message)));
  const host = new RpcPeer<PreviewHost, PreviewPage>(
    {
      send: (message) => void page.evaluate(`window.postMessage(${JSON.stringify(message)})`).catch(() => undefined),
      onMessage: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    previewHost,
    previewPage,
    (problem) => problems.push(problem),
  );
  const asked: string[] = [];
  for (const method of [
    'ready',
    'cannotPlay',
    'cancel',
    'retry',
    'chooseCompare',
    'endCompare',
    'copySettings',
    'editInNotebook',
  ] as const) {
    host.handle(method, (params: unknown) => {
      asked.push(params === undefined ? method : `${method} ${JSON.stringify(params)}`);
      return undefined;
    });
  }
  await page.goto(`${server.address}/preview`);
  return { page, host, asked, problems };
}

/** Probes a file below `folder` and makes it playable as the extension does. */
export async function viewOf(
  folder: string,
  file: string,
  server: FileServer,
  proxies: ProxyMaker,
  part: Partial<ClipView> = {},
): Promise<ClipView> {
  const binaries = await findFfmpeg();
  const probed = await probeFile(binaries, file);
  const stamp = await stampOf(file);
  const plan = playbackPlan(probed.info);
  const played =
    plan.kind === 'direct'
      ? file
      : await proxies.make(binaries, stamp, probed, plan, { signal: new AbortController().signal, onProgress: () => undefined });
  const timing = clipTiming(played === file ? probed : await probeFile(binaries, played));
  const address = `${server.address}/${path.relative(folder, played).split(path.sep).map(encodeURIComponent).join('/')}`;
  return {
    slot: 'main',
    name: path.basename(file),
    revision: 1,
    facts: clipFacts(probed.info, stamp.bytes),
    playback: {
      kind: 'ready',
      address,
      timing,
      hasAudio: probed.info.audio !== undefined,
      proxy: plan.kind === 'proxy',
      ...(plan.kind === 'proxy' ? { why: plan.why } : {}),
    },
    ...part,
  };
}
