import { spawn } from 'node:child_process';
import { encodePng, findFfmpeg } from '../video/index.js';
import type { Frame } from '../video/index.js';
import type { PictureUri } from './payloads.js';

/** A picture as a JPEG data URI, good enough for a thumbnail. */
export async function jpegUri(frame: Frame): Promise<PictureUri> {
  return dataUri('jpeg', await encodeJpeg(frame));
}

/** A picture as a PNG data URI. */
export async function pngUri(frame: Frame): Promise<PictureUri> {
  return dataUri('png', await encodePng(frame));
}

function dataUri(type: 'png' | 'jpeg', bytes: Uint8Array): PictureUri {
  return `data:image/${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}

/** @throws Error with ffmpeg's words when it cannot be run. */
async function encodeJpeg({ data, width, height }: Frame): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0'];
  const child = spawn(ffmpeg, ['-v', 'error', '-nostdin', ...input, '-frames:v', '1', '-threads', '1', '-q:v', '5', '-f', 'mjpeg', 'pipe:1'], { stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => (complaint += part.toString()));
    child.stdin.on('error', () => undefined); // ffmpeg gave up; its exit says why
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`ffmpeg could not write a JPEG picture: ${complaint.trim()}`))));
    child.stdin.end(data);
  });
}
