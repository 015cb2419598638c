import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findFfmpeg } from '../../../../src/pipeline/video/index.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { psnr as psnrOfClips } from '../../../../src/pipeline/metrics/index.js';

/*
 * Clips that the video tests run on. Every frame carries its own number as ten black or white bars,
 * so that a test can say which frame of the source a decoded picture is; the lower half is a smooth
 * colour gradient, on which losses of colour can be measured.
 */

/** A folder for one test file. */
export class ClipFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'frameloom-test-'));

  /** The absolute path of a name in the folder; makes the folders in between. */
  file(name: string): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** Encodes numbered frames with ffmpeg's own options, as somebody else's program would. */
  async make(
    name: string,
    options: { frames: number; fps?: number; width?: number; height?: number; before?: string[]; args: string[] },
  ): Promise<string> {
    const { frames, fps = 24, width = 160, height = 96, before = [], args } = options;
    const raw = this.file(`${name.replace(/\W/g, '_')}.raw`);
    writeFileSync(raw, Buffer.concat(Array.from({ length: frames }, (_, index) => numberedFrame(index, width, height).data)));
    const path = this.file(name);
    await ffmpeg('-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(fps), '-i', raw, ...before, ...args, path);
    rmSync(raw);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Options for a small H.264 file of good quality, tagged BT.709. */
export const h264 = [
  '-vf',
  'scale=out_color_matrix=bt709:flags=accurate_rnd+full_chroma_int',
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-crf',
  '12',
  '-pix_fmt',
  'yuv420p',
  '-colorspace',
  'bt709',
  '-color_primaries',
  'bt709',
  '-color_trc',
  'bt709',
  '-color_range',
  'tv',
];

/** Runs the ffmpeg that is under test. */
export async function ffmpeg(...args: string[]): Promise<void> {
  const { ffmpeg: program } = await findFfmpeg();
  const run = spawnSync(program, ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`ffmpeg ${args.join(' ')}\n${run.stderr}`);
}

/** What ffprobe says about a file, as JSON. */
export async function ffprobe(
  path: string,
  ...args: string[]
): Promise<{ streams: Record<string, unknown>[]; format: Record<string, unknown> }> {
  const { ffprobe: program } = await findFfmpeg();
  const run = spawnSync(program, ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', ...args, `file:${path}`], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as { streams: Record<string, unknown>[]; format: Record<string, unknown> };
}

/** A picture that carries its number in bars over a gradient that moves with it. */
export function numberedFrame(number: number, width = 160, height = 96): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      if (y < height / 2) {
        data.fill((number >> Math.floor((x * 10) / width)) & 1 ? 235 : 20, at, at + 3);
      } else {
        data[at] = 30 + (190 * x) / width;
        data[at + 1] = 60 + (120 * (y - height / 2)) / (height / 2);
        data[at + 2] = 200 - (120 * x) / width + 20 * Math.sin(number / 5);
      }
    }
  }
  return { data, width, height };
}

/** The number that a decoded picture carries. */
export function numberOf(frame: Frame): number {
  let number = 0;
  for (let bar = 0; bar < 10; bar++) {
    const x = Math.floor(((bar + 0.5) * frame.width) / 10);
    const y = Math.floor(frame.height / 4);
    if ((frame.data[(y * frame.width + x) * 3 + 1] ?? 0) > 127) number |= 1 << bar;
  }
  return number;
}

/** The numbers of all frames in a stream. */
export async function numbersOf(frames: AsyncIterable<Frame>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const frame of frames) numbers.push(numberOf(frame));
  return numbers;
}

/** All frames of a stream. */
export async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** `count` numbers from `first` on. */
export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** PSNR in dB of two pictures. */
export function psnr(a: Frame, b: Frame): number {
  return psnrOfClips([a], [b]);
}

/** Mean red, green and blue of a part of a picture, in shares of its sides. */
export function meanColour(frame: Frame, left = 0, top = 0, right = 1, bottom = 1): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  let pixels = 0;
  for (let y = Math.floor(top * frame.height); y < Math.ceil(bottom * frame.height); y++) {
    for (let x = Math.floor(left * frame.width); x < Math.ceil(right * frame.width); x++) {
      const at = (y * frame.width + x) * 3;
      for (const channel of [0, 1, 2] as const) sums[channel] += frame.data[at + channel] ?? 0;
      pixels++;
    }
  }
  return [sums[0] / pixels, sums[1] / pixels, sums[2] / pixels];
}
