import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { startBrowser } from './browser.js';
import { serveFolder } from './fileServer.js';
import type { FileServer } from './fileServer.js';

/** The built pages, a folder beside them, and a browser to look at them with. */
export interface Site {
  readonly folder: string;
  readonly server: FileServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Builds both pages as scripts/build.mjs does, into a temporary folder, and serves it. */
export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'frameloom-webview-'));
  await build({
    entryPoints: { renderer: 'src/webview/renderer/main.ts', videoPreview: 'src/webview/videoPreview/main.ts' },
    outdir: folder,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    logLevel: 'error',
  });
  await mkdir(path.join(folder, 'story.frameloom'));
  const server = await serveFolder(folder);
  const browser = await startBrowser();
  return {
    folder,
    server,
    browser,
    async close() {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
