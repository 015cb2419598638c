import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFfmpeg } from '../../../../src/pipeline/video/index.js';

/** A clip whose every picture says which frame it is: eight blocks, black or white, are the bits of its number. */
export interface NumberedClip {
  readonly file: string;
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** ffmpeg's options for codec and container. */
  readonly codec?: readonly string[];
  /** Options before the output for sound, such as `-c:a aac`; a tone is mixed in when given. */
  readonly sound?: readonly string[];
  /** Colour of the field below the blocks. */
  readonly tint?: readonly [number, number, number];
}

export const bits = 8;
const h264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '2', '-g', '12', '-crf', '12'];

/** Writes the clip with ffmpeg. */
export async function writeNumberedClip(clip: NumberedClip): Promise<void> {
  const tone = clip.sound ? ['-f', 'lavfi', '-t', String(clip.frames / clip.fps), '-i', 'sine=frequency=330'] : [];
  await ffmpeg(
    [
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-s',
      `${clip.width}x${clip.height}`,
      '-r',
      String(clip.fps),
      '-i',
      'pipe:0',
      ...tone,
      ...(clip.codec ?? h264),
      ...(clip.sound ?? []),
      clip.file,
    ],
    (function* () {
      for (let frame = 0; frame < clip.frames; frame++) yield picture(clip, frame);
    })(),
  );
}

function picture({ width, height, frames, tint = [40, 90, 200] }: NumberedClip, frame: number): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = (frame >> Math.floor((x / width) * bits)) & 1;
      const near = Math.hypot(x / width - frame / frames, (y / height - 0.72) * 0.8) < 0.09;
      const colour = y < height / 2 ? [bit * 255, bit * 255, bit * 255] : near ? [250, 220, 60] : tint;
      data.set(colour, (y * width + x) * 3);
    }
  }
  return data;
}

/** Reads the frame's number from a PNG screenshot of the picture. */
export async function numberIn(png: Buffer): Promise<number> {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const rgb = await ffmpeg(['-f', 'png_pipe', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'], [png]);
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const x = Math.floor(((bit + 0.5) / bits) * width);
    const at = (Math.floor(height / 4) * width + x) * 3;
    if ((rgb[at] ?? 0) > 127) number |= 1 << bit;
  }
  return number;
}

/** Runs ffmpeg to its end. @returns what it wrote to its standard output. */
export async function ffmpeg(args: readonly string[], input: Iterable<Buffer> = []): Promise<Buffer> {
  const child = spawn((await findFfmpeg()).ffmpeg, ['-v', 'error', '-y', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  for (const piece of input) if (!child.stdin.write(piece)) await Promise.race([once(child.stdin, 'drain'), closed]);
  child.stdin.end();
  const [code] = (await closed) as [number];
  if (code !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${complaint}`);
  return Buffer.concat(output);
}
