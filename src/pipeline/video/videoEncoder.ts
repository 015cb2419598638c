import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AbortError, type Frame } from '../core/index.js';
import { containerTags, fitArguments, tagFile } from './containerTags.js';
import { scalerFlags } from './decodeFilters.js';
import { driveFull, ffmpegFailed, frameSizeChanged, noFrames, outputTooLarge } from './errors.js';
import { evenSize } from './geometry.js';
import { padToEven } from './evenSides.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import type { CommandInput } from './ffmpegCommand.js';
import { FfmpegProcess, lastComplaint } from './ffmpegProcess.js';
import { framesPerSecond, rateText } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import { gifRate } from './gifPalette.js';
import { fileArgument } from './inputLimits.js';
import { codecOptions, matrixFilter } from './outputFormat.js';
import type { CompressionOptions, OutputFormat } from './outputFormat.js';
import type { Provenance } from './provenance.js';
import type { SoundPlan } from './soundtrack.js';

/** One file to encode. */
export interface EncodeJob extends CompressionOptions {
  readonly binaries: FfmpegBinaries;
  readonly format: OutputFormat;
  /** Where the user wants the file, for messages. */
  readonly target: string;
  /** Where it is written first. */
  readonly path: string;
  /** A folder for what ffmpeg reads besides the frames. */
  readonly scratch: string;
  readonly frames: AsyncIterable<Frame>;
  /** Size of the frames. */
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
  readonly sound?: SoundPlan | undefined;
  readonly provenance?: Provenance | undefined;
  /** A palette picture for GIF, 16 x 16 RGBA raw. */
  readonly palette?: string | undefined;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onFrame?: ((written: number) => void) | undefined;
}

/** The index that the sound's input has in the command: after the frames. */
export const soundInputIndex = 1;

/**
 * Feeds frames to one ffmpeg that writes the file.
 *
 * @returns the number of frames written.
 * @throws AbortError; FrameloomError `FL_VIDEO_NO_FRAMES`, `FL_VIDEO_FRAME_SIZE`,
 * `FL_VIDEO_DISK_FULL`, `FL_VIDEO_OUTPUT_SIZE`, `FL_VIDEO_TIMEOUT` or `FL_VIDEO_FFMPEG_FAILED`.
 */
export async function encodeVideo(job: EncodeJob): Promise<number> {
  const what = `Writing ${JSON.stringify(job.target)}`;
  const run = new FfmpegProcess(job.binaries.ffmpeg, await encodeArguments(job), { what, signal: job.signal, stallSeconds: 120 });
  run.stdout.resume();
  let written = 0;
  try {
    for await (const frame of job.frames) {
      if (frame.width !== job.width || frame.height !== job.height) {
        throw frameSizeChanged(written, `${frame.width} x ${frame.height}`, `${job.width} x ${job.height}`);
      }
      if (!(await run.write((job.format.evenSides ? padToEven(frame) : frame).data))) break;
      job.onFrame?.(++written);
    }
    run.stdin.end();
    const { code, stderr } = await run.finish();
    // Some versions end with code 0 although the end of the file could not be written.
    if (code !== 0 || /Error (writing|closing)/i.test(stderr)) throw encodeFailure(job, what, stderr);
  } catch (error) {
    run.kill();
    await run.exited.catch(() => undefined);
    if (job.signal?.aborted) throw new AbortError(what, { cause: job.signal.reason });
    throw error;
  }
  if (written === 0) throw noFrames(what);
  return written;
}

async function encodeArguments(job: EncodeJob): Promise<string[]> {
  const size = job.format.evenSides ? evenSize(job) : { width: job.width, height: job.height };
  const inputs: CommandInput[] = [
    {
      source: 'pipe:0',
      options: ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', `${size.width}x${size.height}`, '-framerate', rateText(job.rate)],
    },
  ];
  if (job.sound) inputs.push(job.sound.input);
  if (job.palette)
    inputs.push({ source: fileArgument(job.palette), options: ['-f', 'rawvideo', '-pix_fmt', 'rgba', '-video_size', '16x16'] });
  // Nothing of the source's own tags (places, names, dates) is carried over.
  let tags = ['-map_metadata', '-1'];
  const record = job.provenance && job.format.audio ? containerTags(job.format.kind, job.provenance) : [];
  if (fitArguments(record)) {
    tags.push(...record.flatMap(([name, text]) => ['-metadata', `${name}=${text}`]));
  } else {
    const file = join(job.scratch, 'tags.txt');
    await writeFile(file, tagFile(record));
    inputs.push({ source: fileArgument(file), options: ['-f', 'ffmetadata'] });
    tags = ['-map_metadata', String(inputs.length - 1)];
  }
  return ffmpegArguments({
    ownClock: job.sound !== undefined,
    inputs,
    videoFilters: job.format.evenSides ? [matrixFilter(size.width, size.height, scalerFlags)] : [],
    outputOptions: [
      ...(job.format.kind === 'gif' ? gifGraph(job) : ['-map', '0:v:0']),
      ...(job.sound?.outputOptions ?? []),
      ...tags,
      // Chapters would make some containers carry the source's titles along.
      '-map_chapters',
      '-1',
      ...codecOptions(job.format, size.width, size.height, job),
      '-fs',
      String(job.maxBytes),
      '-f',
      job.format.muxer,
    ],
    output: fileArgument(job.path),
  });
}

/** GIF maps every frame onto one palette made for the whole clip; a fixed pattern of dots does not crawl. */
function gifGraph(job: EncodeJob): string[] {
  const thin = framesPerSecond(gifRate(job.rate)) < framesPerSecond(job.rate) ? `fps=${rateText(gifRate(job.rate))},` : '';
  return [
    '-filter_complex',
    `[0:v]${thin}null[frames];[frames][1:v]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle[out]`,
    '-map',
    '[out]',
  ];
}

function encodeFailure(job: EncodeJob, what: string, stderr: string): Error {
  if (/No space left on device|ENOSPC|Disk quota exceeded|File too large/i.test(stderr)) return driveFull(job.target);
  if (/file size limit/i.test(stderr)) return outputTooLarge(job.target, job.maxBytes);
  return ffmpegFailed(what, lastComplaint(stderr));
}
