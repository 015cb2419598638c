import { extname } from 'node:path';
import { ArgumentError } from '../core/index.js';
import { outputFormatUnknown } from './errors.js';

/** The kinds of file that can be written. */
export type OutputKind = 'mp4' | 'mov' | 'm4v' | 'mkv' | 'webm' | 'gif' | 'apng' | 'png-sequence';

/** What a kind of file needs to be written. */
export interface OutputFormat {
  readonly kind: OutputKind;
  /** ffmpeg's name of the muxer; unused for the PNG sequence, which ffmpeg does not write. */
  readonly muxer: string;
  /** Whether the pictures are stored as 4:2:0 and so need even sides. */
  readonly evenSides: boolean;
  /** Audio codecs that may be copied in as they are, and the encoder for all others. */
  readonly audio?: { readonly copies: readonly string[]; readonly encoder: readonly string[] } | undefined;
  /** Constant rate factor: default and range; lower is better and larger. */
  readonly crf?: { readonly usual: number; readonly max: number } | undefined;
}

const aac = ['-c:a', 'aac', '-b:a', '192k'];
const h264 = { usual: 17, max: 51 };

const formats: Readonly<Record<OutputKind, OutputFormat>> = {
  mp4: { kind: 'mp4', muxer: 'mp4', evenSides: true, audio: { copies: ['aac', 'mp3', 'alac'], encoder: aac }, crf: h264 },
  m4v: { kind: 'm4v', muxer: 'mp4', evenSides: true, audio: { copies: ['aac', 'alac'], encoder: aac }, crf: h264 },
  mov: {
    kind: 'mov',
    muxer: 'mov',
    evenSides: true,
    audio: { copies: ['aac', 'mp3', 'alac', 'pcm_s16le', 'pcm_s24le'], encoder: aac },
    crf: h264,
  },
  mkv: {
    kind: 'mkv',
    muxer: 'matroska',
    evenSides: true,
    audio: { copies: ['aac', 'mp3', 'opus', 'vorbis', 'flac', 'ac3', 'pcm_s16le'], encoder: aac },
    crf: h264,
  },
  webm: {
    kind: 'webm',
    muxer: 'webm',
    evenSides: true,
    audio: { copies: ['opus', 'vorbis'], encoder: ['-c:a', 'libopus', '-b:a', '128k'] },
    crf: { usual: 24, max: 63 },
  },
  gif: { kind: 'gif', muxer: 'gif', evenSides: false },
  apng: { kind: 'apng', muxer: 'apng', evenSides: false },
  'png-sequence': { kind: 'png-sequence', muxer: '', evenSides: false },
};

/** `%04d`, `%d`: where the number of a frame goes in the name of an image sequence. More than 99 digits are no number. */
export const sequenceNumber = /%(0?)(\d{0,2})d/;

/**
 * The format that a path asks for by its extension; a `.png` with a number pattern in its name is a
 * sequence.
 *
 * @throws FrameloomError `FL_VIDEO_OUTPUT_FORMAT`.
 */
export function outputFormatOf(path: string): OutputFormat {
  const extension = extname(path).slice(1).toLowerCase();
  if (extension === 'png' && sequenceNumber.test(path)) return formats['png-sequence'];
  const format = Object.values(formats).find((candidate) => candidate.kind === extension);
  if (!format) throw outputFormatUnknown(path, extension);
  return format;
}

/** How the pictures are compressed. */
export interface CompressionOptions {
  /** Constant rate factor, 0 (best) to 51 for H.264 (default 17) or 63 for VP9 (default 24). */
  readonly crf?: number | undefined;
  /** How often a GIF or APNG plays: true for ever (default), false once, or a count. */
  readonly loop?: boolean | number | undefined;
}

/**
 * ffmpeg's codec options for a format.
 *
 * Colours: sRGB/BT.709 RGB in, limited-range 4:2:0 out, every tag written. From 720 lines or 1280
 * columns on the matrix is BT.709; smaller pictures use BT.601's, so that a player that ignores the
 * tags and guesses by size, as many do, guesses right. Primaries and transfer are BT.709 in both.
 */
export function codecOptions(format: OutputFormat, width: number, height: number, options: CompressionOptions): string[] {
  const crf = String(crfOf(format, options.crf));
  const matrix = height >= 720 || width >= 1280 ? 'bt709' : 'smpte170m';
  const tags = ['-pix_fmt', 'yuv420p', '-colorspace', matrix, '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
  switch (format.kind) {
    case 'mp4':
    case 'm4v':
    case 'mov':
      return ['-c:v', 'libx264', '-preset', 'medium', '-crf', crf, ...tags, '-movflags', '+faststart+write_colr'];
    case 'mkv':
      return ['-c:v', 'libx264', '-preset', 'medium', '-crf', crf, ...tags];
    case 'webm':
      return ['-c:v', 'libvpx-vp9', '-crf', crf, '-b:v', '0', '-deadline', 'good', '-cpu-used', '4', '-row-mt', '1', ...tags];
    case 'gif':
      return ['-c:v', 'gif', '-loop', String(plays(options.loop) === 0 ? 0 : plays(options.loop) === 1 ? -1 : plays(options.loop) - 1)];
    case 'apng':
      return ['-c:v', 'apng', '-pix_fmt', 'rgb24', '-pred', 'mixed', '-plays', String(plays(options.loop))];
    case 'png-sequence':
      return [];
  }
}

/** The filter from `rgb24` to what {@link codecOptions} stores. */
export function matrixFilter(width: number, height: number, flags: string): string {
  const matrix = height >= 720 || width >= 1280 ? 'bt709' : 'bt601';
  return `scale=in_range=pc:out_color_matrix=${matrix}:out_range=tv:flags=${flags},format=yuv420p`;
}

/** Checks what {@link codecOptions} will be told. @throws ArgumentError for a `crf` or `loop` that the format cannot have. */
export function checkCompression(format: OutputFormat, { crf, loop }: CompressionOptions): void {
  crfOf(format, crf);
  plays(loop);
}

function crfOf(format: OutputFormat, crf: number | undefined): number {
  const { usual, max } = format.crf ?? { usual: 0, max: 63 };
  if (crf === undefined) return usual;
  if (typeof crf !== 'number' || !(crf >= 0 && crf <= max)) throw new ArgumentError('crf', crf, `a number from 0 to ${max}`);
  return crf;
}

/** 0 stands for ever. */
/** How often an animation plays; 0 for ever. @throws ArgumentError for a `loop` that cannot be. */
export function plays(loop: boolean | number | undefined): number {
  if (loop === undefined || loop === true) return 0;
  if (loop === false) return 1;
  if (!Number.isInteger(loop) || loop < 1 || loop > 65535)
    throw new ArgumentError('loop', loop, 'true, false or a number of plays from 1 to 65535');
  return loop;
}
