import { spawn } from 'node:child_process';
import type { Frame } from '../core/index.js';
import { findFfmpeg } from './ffmpegBinaries.js';

/** A picture as a JPEG file. @throws Error with ffmpeg's words when it cannot be run. */
export function encodeJpeg(frame: Frame): Promise<Buffer> {
  return encodedBy(['-q:v', '5', '-f', 'mjpeg'], frame);
}

let webp = true;

/**
 * A picture as a WebP file: letters and pictures together, in a third of what JPEG takes.
 *
 * @param quality 0 … 100.
 * @returns undefined where ffmpeg was built without it.
 */
export async function encodeWebp(frame: Frame, quality: number): Promise<Buffer | undefined> {
  if (!webp) return undefined;
  try {
    return await encodedBy(['-c:v', 'libwebp', '-quality', String(quality), '-compression_level', '4', '-f', 'webp'], frame);
  } catch {
    webp = false;
    return undefined;
  }
}

async function encodedBy(output: readonly string[], { data, width, height }: Frame): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0'];
  const child = spawn(ffmpeg, ['-v', 'error', '-nostdin', ...input, '-frames:v', '1', '-threads', '1', ...output, 'pipe:1'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => (complaint += part.toString()));
    child.stdin.on('error', () => undefined); // ffmpeg gave up; its exit says why
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`ffmpeg could not write a picture: ${complaint.trim()}`)),
    );
    child.stdin.end(data);
  });
}
