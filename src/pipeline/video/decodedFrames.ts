import { codecUnreadable, ffmpegTooOld } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import { FfmpegProcess, lastComplaint, unknownOption } from './ffmpegProcess.js';
import { frameMode } from './frameMode.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import type { FieldOrder, FrameFields } from './interlacing.js';

/** What to decode without keeping a picture. */
export interface DecodeTarget {
  /** The path as the user gave it, for messages. */
  readonly path: string;
  readonly inputPath: string;
  readonly inputOptions: readonly string[];
  readonly streamIndex: number;
  readonly codec: string;
  readonly decoder?: string | undefined;
  /** Whether the lines of the pictures are looked at as well: costs about as much as decoding. */
  readonly measureFields: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A part to decode instead of all: from a moment on the file's clock, in seconds, some frames. */
export interface DecodePart {
  readonly from: number;
  readonly frames: number;
}

/** What the decoder gave. */
export interface DecodedFrames {
  /** For each frame its time on the file's own clock, in seconds; NaN where the decoder knows none. */
  readonly clock: readonly number[];
  readonly fields: readonly FrameFields[];
  /** The last thing ffmpeg complained about; empty when it did not. */
  readonly complaint: string;
}

const orders: readonly FieldOrder[] = ['progressive', 'top', 'bottom'];

/*
 * Expressions print numbers, one a line: four times the frame's time in microseconds plus its field order as flagged, and
 * the order as measured plus a half. `level` 16 is that of errors, which are all that ffmpeg is let say.
 */
const tellTime = "select='if(isnan(print(4*pts+interlace_type,16)),1,1)'";
const tellFields = "select='if(isnan(print(interlace_type+0.5,16)),1,1)'";

/** A number that an expression printed; anything else is ffmpeg's own text. */
export function printedNumber(line: string): number | undefined {
  const text = /(?:^|\s)(-?\d+\.\d{6}|-?nan)\s*$/.exec(line)?.[1];
  return text === undefined ? undefined : text.endsWith('nan') ? NaN : Number(text);
}

/**
 * Decodes a stream and tells its frames' times: packets promise frames, and only the decoder knows which it can make.
 *
 * @throws FrameloomError `FL_VIDEO_CODEC` when this ffmpeg has no decoder for it, `FL_VIDEO_FFMPEG_OLD`, `FL_VIDEO_TIMEOUT`; AbortError.
 */
export async function decodeFrames(binaries: FfmpegBinaries, target: DecodeTarget, part?: DecodePart): Promise<DecodedFrames> {
  const clock: number[] = [];
  const flagged: FieldOrder[] = [];
  const measured: FieldOrder[] = [];
  const run = new FfmpegProcess(binaries.ffmpeg, decodeArguments(binaries, target, part), {
    what: `Reading ${JSON.stringify(target.path)}`,
    signal: target.signal,
    takeLine: (line) => {
      const value = printedNumber(line);
      if (value === undefined) return false;
      run.noteProgress();
      const order = orders[Math.abs(Math.floor(value)) % 4] ?? 'progressive';
      if (value % 1 !== 0 && !Number.isNaN(value)) measured.push(order);
      else {
        clock.push(Math.floor(value / 4) / 1e6);
        flagged.push(orders[((value % 4) + 4) % 4] ?? 'progressive');
      }
      return true;
    },
  });
  run.stdin.end();
  run.stdout.resume();
  const { stderr } = await run.finish();
  if (clock.length === 0 && /Decoder .*not found|Unknown decoder|no decoder/i.test(stderr))
    throw codecUnreadable(target.path, target.codec, binaries.version);
  const unknown = clock.length === 0 ? unknownOption(stderr) : undefined;
  if (unknown) throw ffmpegTooOld(binaries.version, unknown);
  return {
    clock,
    fields: flagged.map((order, index) => ({ flagged: order, measured: measured[index] ?? order })),
    complaint: lastComplaint(stderr),
  };
}

function decodeArguments(binaries: FfmpegBinaries, target: DecodeTarget, part: DecodePart | undefined): string[] {
  return ffmpegArguments({
    ownClock: true,
    inputs: [
      {
        source: fileArgument(target.inputPath),
        options: [
          ...untrustedInputOptions(),
          ...target.inputOptions,
          ...(target.decoder ? ['-c:v', target.decoder] : []),
          ...(part ? seekOptions(part.from) : []),
        ],
      },
    ],
    videoFilters: ['settb=1/1000000', tellTime, ...(target.measureFields ? ['idet', tellFields] : [])],
    outputOptions: [
      '-map',
      `0:${target.streamIndex}`,
      '-an',
      '-sn',
      '-dn',
      ...frameMode(binaries.version, 'passthrough'),
      ...(part ? ['-frames:v', String(part.frames)] : []),
      '-f',
      'null',
    ],
    output: 'pipe:1',
  });
}

/** Input options that begin at or before a moment of the file's own clock, at whatever key frame there is. */
export function seekOptions(moment: number): string[] {
  return ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', moment.toFixed(6)];
}
