import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

/** A server of one folder and some pages, with byte ranges as VS Code's webviews have them: seeking needs those. */
export interface FileServer {
  readonly address: string;
  /** Adds or replaces a page at `/name`, with a content security policy when given. */
  page(name: string, html: string, policy?: string): void;
  close(): Promise<void>;
}

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.png': 'image/png',
};

/** Serves `folder` on a free port of this machine. */
export async function serveFolder(folder: string): Promise<FileServer> {
  const pages = new Map<string, { html: string; policy?: string }>();
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const page = pages.get(name.slice(1));
    if (page) {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        ...(page.policy ? { 'content-security-policy': page.policy } : {}),
      });
      response.end(page.html);
      return;
    }
    const file = path.join(folder, name);
    const size = await stat(file).then(
      (entry) => (entry.isFile() ? entry.size : -1),
      () => -1,
    );
    if (size < 0) {
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Number(range[2]) : size - 1;
    response.writeHead(range ? 206 : 200, {
      'content-type': types[path.extname(file)] ?? 'application/octet-stream',
      'content-length': end - start + 1,
      'accept-ranges': 'bytes',
      ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    });
    createReadStream(file, { start, end }).pipe(response);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    page: (name, html, policy) => void pages.set(name, { html, ...(policy ? { policy } : {}) }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
