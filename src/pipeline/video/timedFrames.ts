import { printedNumber, seekOptions } from './decodedFrames.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import { FfmpegProcess } from './ffmpegProcess.js';
import type { Frame } from '../core/index.js';
import { frameMode } from './frameMode.js';
import { FrameReader } from './frameReader.js';
import type { Size } from './geometry.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import type { ProbedVideo } from './videoInfo.js';

/** One way through a file. */
export interface DecodeRun {
  readonly what: string;
  readonly size: Size;
  /** Where to begin: seconds on the file's own clock, or the beginning when undefined. */
  readonly seek?: number | undefined;
  /** The picture to begin with, for a numbered sequence. */
  readonly firstNumber?: number | undefined;
  /** Filters before the frames' times are told: whole pictures of fields, frames left out. */
  readonly before: readonly string[];
  /** Filters after it. */
  readonly after: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A picture and when the file shows it: seconds on the file's own clock, NaN when the decoder does not know. */
export interface TimedFrame {
  readonly frame: Frame;
  readonly time: number;
}

/** The clock that frames are told by: microseconds. The time is printed (level 16 is that of errors) just before a picture is handed on. */
export const microseconds = 'settb=1/1000000';
const tellTime = "setpts='print(PTS,16)'";

/**
 * The pictures that ffmpeg decodes, each once and with its own time. Ends ffmpeg when the caller stops.
 *
 * @returns what ffmpeg complained about.
 * @throws FrameloomError `FL_VIDEO_TIMEOUT`, `FL_VIDEO_FFMPEG_CRASHED`; AbortError.
 */
export async function* timedFrames(
  binaries: FfmpegBinaries,
  probed: ProbedVideo,
  plan: DecodeRun,
): AsyncGenerator<TimedFrame, string, undefined> {
  const times: number[] = [];
  let wake: (() => void) | undefined;
  const run = new FfmpegProcess(binaries.ffmpeg, decodeArguments(binaries, probed, plan), {
    what: plan.what,
    signal: plan.signal,
    takeLine: (line) => {
      const value = printedNumber(line);
      if (value === undefined) return false;
      times.push(value / 1e6);
      wake?.();
      return true;
    },
  });
  run.stdin.end();
  void run.exited.then(
    () => wake?.(),
    () => wake?.(),
  );
  const reader = new FrameReader(run.stdout, plan.size.width, plan.size.height, () => run.noteProgress());
  try {
    for (;;) {
      run.expectProgress();
      const frame = await reader.next();
      // The line was written before the picture, but comes by another pipe.
      while (frame && times.length === 0 && !run.gone) await new Promise<void>((resolve) => (wake = resolve));
      run.idle();
      if (!frame) return (await run.finish()).stderr;
      yield { frame, time: times.shift() ?? NaN };
    }
  } finally {
    reader.stop();
    run.kill();
    await run.exited.catch(() => undefined);
  }
}

/** Pictures are written by a thread of their own: while one goes through the pipe, the next is decoded and scaled. */
const rawInOwnThread = ['-c:v', 'rawvideo', '-f', 'fifo', '-fifo_format', 'rawvideo', '-queue_size', '3'];

function decodeArguments(binaries: FfmpegBinaries, probed: ProbedVideo, plan: DecodeRun): string[] {
  return ffmpegArguments({
    ownClock: true,
    inputs: [
      {
        source: fileArgument(probed.inputPath),
        options: [
          ...untrustedInputOptions(),
          ...probed.inputOptions,
          ...(probed.orientations ? ['-noautorotate'] : []),
          ...(plan.firstNumber === undefined ? [] : ['-start_number', String(plan.firstNumber)]),
          ...(probed.decoder ? ['-c:v', probed.decoder] : []),
          ...(plan.seek === undefined ? [] : seekOptions(plan.seek)),
        ],
      },
    ],
    videoFilters: [...plan.before, microseconds, tellTime, ...plan.after],
    outputOptions: [
      '-map',
      `0:${probed.streamIndex}`,
      '-an',
      '-sn',
      '-dn',
      ...frameMode(binaries.version, 'passthrough'),
      '-pix_fmt',
      'rgb24',
      ...rawInOwnThread,
    ],
    output: 'pipe:1',
  });
}
