import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AbortError, throwIfAborted, createPrivateFolder } from '../core/index.js';
import { outputAt } from './checkOutput.js';
import { outputIncomplete, outputIsSource, outputTooLarge } from './errors.js';
import { overlaps, placeOf } from './filePlace.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { runToText } from './ffmpegProcess.js';
import { framesPerSecond } from './frameRate.js';
import type { FrameSource } from './frameSource.js';
import { evenSize } from './geometry.js';
import { choosePalette, gifRate } from './gifPalette.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import { animateOnePicture } from './onePictureApng.js';
import { type OutputFormat, plays } from './outputFormat.js';
import { PartialFile } from './partialFile.js';
import { writePngSequence } from './pngSequence.js';
import { provenanceComment, provenanceJson } from './provenance.js';
import type { Provenance } from './provenance.js';
import { pngKeyword } from './readProvenance.js';
import { stampRecord } from './stampRecord.js';
import { planSound } from './soundtrack.js';
import type { Soundtrack } from './videoInfo.js';
import { encodeVideo, soundInputIndex } from './videoEncoder.js';
import type { WriteOptions } from './videoOptions.js';

/** What a save wrote. */
export interface SavedVideo {
  /** Absolute path; for a sequence, with its number pattern. */
  readonly path: string;
  /** Frames in the file: fewer than in the clip only for a GIF above 50 fps. */
  readonly frames: number;
  /** Size of the file, or of all files of a sequence. */
  readonly bytes: number;
  /** Size in pixels as stored: odd sides grow by one in MP4, M4V, MOV, MKV and WebM. */
  readonly width: number;
  /** Height in pixels as stored. */
  readonly height: number;
  /** Frames per second. */
  readonly fps: number;
  /** Seconds. */
  readonly duration: number;
  /** Whether sound was written. */
  readonly audio: boolean;
}

/** What is saved: frames, and what goes with them. */
export interface SaveContent {
  readonly source: FrameSource;
  readonly sound?: Soundtrack | undefined;
  readonly provenance?: Provenance | undefined;
  /** The files that the clip comes from, as they were named: no save replaces them. */
  readonly origins: readonly string[];
  readonly binaries: () => Promise<FfmpegBinaries>;
}

/**
 * Writes a clip into the format that the path's extension names, complete or not at all.
 *
 * @throws ArgumentError, AbortError and the `FL_VIDEO_OUTPUT_…`, `FL_VIDEO_DISK_FULL`,
 * `FL_VIDEO_AUDIO_SOURCE` and `FL_VIDEO_FFMPEG_…` errors.
 */
export async function saveVideo(content: SaveContent, path: string, options: WriteOptions): Promise<SavedVideo> {
  const { target, format } = outputAt(path, options);
  throwIfAborted(options.signal, `Writing ${JSON.stringify(path)}`);
  await keepOrigins(content.origins, target);
  if (format.kind === 'png-sequence') return savePngSequence(content, target, options);
  const partial = await PartialFile.create(target, options.overwrite ?? true);
  const scratch = await createPrivateFolder();
  try {
    const saved = await writeContainer(content, format, partial, scratch.path, options);
    throwIfAborted(options.signal, `Writing ${JSON.stringify(path)}`);
    await partial.commit();
    return saved;
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof AbortError))
      throw new AbortError(`Writing ${JSON.stringify(path)}`, { cause: error });
    throw error;
  } finally {
    await partial.discard();
    await scratch.remove();
  }
}

/** @throws FrameloomError `FL_VIDEO_OUTPUT_SOURCE` where the clip's own source would be replaced, or written among. */
async function keepOrigins(origins: readonly string[], target: string): Promise<void> {
  if (origins.length === 0) return;
  const place = await placeOf(target);
  for (const origin of origins) if (overlaps(place, await placeOf(origin))) throw outputIsSource(target, origin);
}

async function writeContainer(
  content: SaveContent,
  format: OutputFormat,
  partial: PartialFile,
  scratch: string,
  options: WriteOptions,
): Promise<SavedVideo> {
  const { source, provenance } = content;
  const { target, path } = partial;
  const maxBytes = options.maxBytes ?? 16 * 2 ** 30;
  const binaries = await content.binaries();
  const count = source.frameCount ?? Infinity;
  const seconds = (source.frameCount ?? Number.MAX_SAFE_INTEGER) / framesPerSecond(source.rate);
  const sound = content.sound && options.audio !== false ? await planSound(content.sound, format, seconds, soundInputIndex) : undefined;
  const written = await encodeVideo({
    binaries,
    format,
    target,
    path,
    scratch,
    maxBytes,
    sound,
    provenance,
    crf: options.crf,
    loop: options.loop,
    frames: source.read(0, count, options.signal),
    width: source.width,
    height: source.height,
    rate: source.rate,
    palette: format.kind === 'gif' ? await writePalette(content, binaries, scratch, options.signal) : undefined,
    signal: options.signal,
    onFrame: (frame) => options.onProgress?.({ frame, frameCount: source.frameCount }),
  });
  if (format.kind === 'apng' && written === 1) await animateOnePicture(path, source, source.rate, plays(options.loop));
  const rate = format.kind === 'gif' ? gifRate(source.rate) : source.rate;
  const expected = Math.max(1, Math.round((written * framesPerSecond(rate)) / framesPerSecond(source.rate)));
  const { frames: found, sound: sounds } = await countPackets(binaries, format, path, options.signal);
  const complete = Math.abs(found - expected) <= (rate === source.rate ? 0 : 1);
  // At the limit ffmpeg stops as if the clip ended there, or a little later.
  const { size: grown } = await stat(path);
  if (grown > maxBytes || (!complete && grown > maxBytes * 0.9)) throw outputTooLarge(target, maxBytes);
  if (!complete) throw outputIncomplete(target, found, expected);
  if (provenance) await stampRecord(format, path, provenance);
  const { size: bytes } = await stat(path);
  const size = format.evenSides ? evenSize(source) : source;
  return {
    path: target,
    frames: found,
    bytes,
    width: size.width,
    height: size.height,
    fps: framesPerSecond(rate),
    duration: written / framesPerSecond(source.rate),
    audio: sounds > 0,
  };
}

async function writePalette(
  content: SaveContent,
  binaries: FfmpegBinaries,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { source } = content;
  const count = source.frameCount ?? Infinity;
  const palette = await choosePalette(binaries, source.read(0, count, signal), Number.isFinite(count) ? count : 480, source, signal);
  const path = join(scratch, 'palette.rgba');
  await writeFile(path, palette);
  return path;
}

/** Counts what really is in the file: an encoder that lost frames still ends with code 0, and sound may have had nothing to say. */
async function countPackets(
  binaries: FfmpegBinaries,
  { kind }: OutputFormat,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ frames: number; sound: number }> {
  const args = [
    '-hide_banner',
    '-v',
    'error',
    ...untrustedInputOptions(),
    ...(kind === 'gif' || kind === 'apng' ? ['-f', kind] : []),
    '-count_packets',
    '-show_entries',
    'stream=codec_type,nb_read_packets',
    '-of',
    'csv=p=0',
    '-i',
    fileArgument(path),
  ];
  const { stdout } = await runToText(binaries.ffprobe, args, { what: 'Checking the finished file', signal, stallSeconds: 120 });
  const packets = (kind: string): number => Number(new RegExp(`^${kind},(\\d+)`, 'm').exec(stdout)?.[1] ?? 0);
  return { frames: packets('video'), sound: packets('audio') };
}

async function savePngSequence({ source, provenance }: SaveContent, target: string, options: WriteOptions): Promise<SavedVideo> {
  const text: Record<string, string> = provenance
    ? { Comment: provenanceComment(provenance), [pngKeyword]: provenanceJson(provenance) }
    : {};
  const { frames, bytes } = await writePngSequence({
    target,
    text,
    frames: source.read(0, source.frameCount ?? Infinity, options.signal),
    overwrite: options.overwrite ?? true,
    signal: options.signal,
    onFrame: (frame) => options.onProgress?.({ frame, frameCount: source.frameCount }),
  });
  const fps = framesPerSecond(source.rate);
  return { path: target, frames, bytes, width: source.width, height: source.height, fps, duration: frames / fps, audio: false };
}
