import { spawn } from 'node:child_process';
import { findFfmpeg } from '../pipeline/video/index.js';
import type { Bundle } from '../shared/outputs/index.js';

/** The picture files that every front end shows, by their first bytes. */
const kinds = [
  { name: 'PNG', mime: 'image/png', begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { name: 'JPEG', mime: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  { name: 'GIF', mime: 'image/gif', begins: [0x47, 0x49, 0x46, 0x38] },
] as const;

/** Bytes of a picture that a cell stores; larger ones are stored smaller, with their real size in the text. */
const MOST_BYTES = 120_000;
/** Widths to try, in pixels. */
const WIDTHS = [1600, 1100, 800, 560, 400, 280];

/** Whether a value is the bytes of a picture file: PNG, JPEG or GIF. */
export function isPicture(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && kindOf(value) !== undefined;
}

/** The bytes of a picture file as the picture. @param room characters that the output may take in the notebook, about. */
export async function pictureBundle(bytes: Uint8Array, title: string | undefined, room = Infinity): Promise<Bundle> {
  const { name, mime } = kindOf(bytes)!;
  const text = `${title === undefined ? '' : `${title}: `}${name} picture, ${Math.max(1, Math.round(bytes.length / 1000))} kB`;
  const most = Math.min(MOST_BYTES, room * 0.7);
  if (bytes.length <= most) return { [mime]: bytes, 'text/plain': text };
  for (const width of WIDTHS) {
    const smaller = await asJpeg(bytes, width);
    if (!smaller) break;
    if (smaller.length <= most) return { 'image/jpeg': smaller, 'text/plain': text };
  }
  return { 'text/plain': text };
}

function kindOf(bytes: Uint8Array): (typeof kinds)[number] | undefined {
  return kinds.find(({ begins }) => begins.every((byte, i) => bytes[i] === byte));
}

/** A picture file as a JPEG file of at most this width; undefined where ffmpeg cannot read it. */
async function asJpeg(bytes: Uint8Array, width: number): Promise<Buffer | undefined> {
  const { ffmpeg } = await findFfmpeg();
  const output = ['-frames:v', '1', '-vf', `scale='min(${width},iw)':-1`, '-q:v', '4', '-threads', '1', '-f', 'mjpeg', 'pipe:1'];
  const child = spawn(ffmpeg, ['-v', 'error', '-nostdin', '-i', 'pipe:0', ...output], { stdio: ['pipe', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stdin.on('error', () => undefined); // it gave up; its exit says so
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 && parts.length > 0 ? Buffer.concat(parts) : undefined));
    child.stdin.end(bytes);
  });
}
