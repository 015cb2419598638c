import { spawn } from 'node:child_process';
import { encodePng, findFfmpeg } from '../video/index.js';
import type { Frame } from '../video/index.js';
import type { PictureUri } from './payloads.js';

/** JPEG qualities of ffmpeg that are tried in turn, good to poor. */
const QUALITIES = ['3', '6', '10', '16'];

/** A picture as a data URI of at most `limit` characters: JPEG as good as fits. Undefined when none fits. */
export async function pictureWithin(limit: number, frame: Frame): Promise<PictureUri | undefined> {
  for (const quality of QUALITIES) {
    const uri = dataUri('jpeg', await encodeJpeg(frame, quality));
    if (uri.length <= limit) return uri;
  }
  return undefined;
}

/** A picture as a PNG data URI. */
export async function pngUri(frame: Frame): Promise<PictureUri> {
  return dataUri('png', await encodePng(frame));
}

function dataUri(type: 'png' | 'jpeg', bytes: Uint8Array): PictureUri {
  return `data:image/${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}

/** @throws Error with ffmpeg's words when it cannot be run. */
async function encodeJpeg({ data, width, height }: Frame, quality: string): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0'];
  const child = spawn(ffmpeg, ['-v', 'error', '-nostdin', ...input, '-frames:v', '1', '-q:v', quality, '-f', 'mjpeg', 'pipe:1'], { stdio: ['pipe', 'pipe', 'pipe'] });
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
