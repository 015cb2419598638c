import { ffmpegFailed } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import { FfmpegProcess, lastComplaint } from './ffmpegProcess.js';
import type { Frame } from '../core/index.js';
import { framesPerSecond } from './frameRate.js';
import type { FrameRate } from './frameRate.js';

/** GIF counts time in hundredths of a second, and browsers slow down anything under two of them. */
const fastest: FrameRate = { num: 50, den: 1 };

/** The rate that a GIF can play: faster clips lose frames, not speed. */
export function gifRate(rate: FrameRate): FrameRate {
  return framesPerSecond(rate) > framesPerSecond(fastest) ? fastest : rate;
}

/** Frames looked at to choose 256 colours; more change nothing and cost time. */
const sampledFrames = 48;

/**
 * Chooses the 256 colours of a GIF from frames spread over the clip.
 *
 * @returns the palette as a raw 16 x 16 RGBA picture, which is how ffmpeg's paletteuse takes it.
 */
export async function choosePalette(
  binaries: FfmpegBinaries,
  frames: AsyncIterable<Frame>,
  frameCount: number,
  size: { width: number; height: number },
  signal?: AbortSignal,
): Promise<Buffer> {
  const what = 'Choosing the colours of the GIF';
  const every = Math.max(1, Math.floor(frameCount / sampledFrames));
  const run = new FfmpegProcess(
    binaries.ffmpeg,
    ffmpegArguments({
      inputs: [{ source: 'pipe:0', options: ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', `${size.width}x${size.height}`] }],
      videoFilters: ['palettegen=reserve_transparent=0:stats_mode=full'],
      outputOptions: ['-f', 'rawvideo', '-pix_fmt', 'rgba'],
      output: 'pipe:1',
    }),
    { what, signal },
  );
  const chunks: Buffer[] = [];
  run.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    let index = 0;
    for await (const frame of frames) {
      if (index++ % every === 0 && !(await run.write(frame.data))) break;
    }
    run.stdin.end();
    const { code, stderr } = await run.finish();
    const palette = Buffer.concat(chunks);
    if (code !== 0 || palette.length !== 16 * 16 * 4) throw ffmpegFailed(what, lastComplaint(stderr));
    return palette;
  } finally {
    run.kill();
    await run.exited.catch(() => undefined);
  }
}
