import { resolve } from 'node:path';
import { ArgumentError, throwIfAborted } from '../core/index.js';
import { checkWindow, placeWindow } from './clipWindow.js';
import type { ClipWindow } from './clipWindow.js';
import { parseBackground } from './decodeFilters.js';
import { deepColourOf } from './deepColour.js';
import { findFfmpeg } from './ffmpegBinaries.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { FileSource } from './fileSource.js';
import { rateFromNumber, rateText } from './frameRate.js';
import { placePicture } from './geometry.js';
import { isSequencePattern, sequenceOfFolder, sequenceOfPattern } from './imageSequence.js';
import type { ImageSequence } from './imageSequence.js';
import { isAddress } from './errors.js';
import { checkInputFile } from './inputFile.js';
import type { InputKind } from './inputFile.js';
import { probeVideo } from './probe.js';
import type { ProbeTarget } from './probeTarget.js';
import { singleFile } from './singleFile.js';
import type { ProbedVideo } from './videoInfo.js';
import type { VideoOpenOptions } from './videoOptions.js';

/** A file that was probed, and how it is read. */
export interface OpenedFile {
  readonly binaries: FfmpegBinaries;
  readonly probed: ProbedVideo;
  readonly window: ClipWindow;
  readonly options: VideoOpenOptions;
  readonly source: FileSource;
  /** Temporary links of an image sequence. */
  readonly sequence?: ImageSequence | undefined;
}

/** Pictures have no rate of their own; ffmpeg takes 25 for them, and so does this. */
const sequenceRate = 25;

/**
 * Probes and validates; decodes nothing. The path is a file, a numbered image sequence
 * (`frames/%04d.png`) or a folder of images.
 */
export async function openFile(named: string, options: VideoOpenOptions): Promise<OpenedFile> {
  if (typeof named !== 'string' || named === '' || named.includes('\0')) throw new ArgumentError('path', named, 'the path of a video file');
  // Frames are decoded later, when the process may work in another folder: a notebook was saved elsewhere.
  const path = isAddress(named) ? named : resolve(named);
  checkWindow(options);
  placePicture({ width: 1, height: 1 }, options);
  parseBackground(options.background ?? 'white');
  throwIfAborted(options.signal, `Opening ${JSON.stringify(path)}`);
  const sequence = await findSequence(path);
  try {
    const binaries = await findFfmpeg({ ffmpegPath: options.ffmpegPath });
    const probed = withTrack(
      await probeVideo(binaries, { path, signal: options.signal, ...(sequence ? inputOf(sequence, options) : await singleFile(path)) }),
      options.audioTrack,
    );
    return { ...(await readAs(binaries, probed, options)), sequence };
  } catch (error) {
    await sequence?.links.remove();
    throw error;
  }
}

/** The same file read in another way: nothing is probed again. */
export async function readAs(binaries: FfmpegBinaries, probed: ProbedVideo, options: VideoOpenOptions): Promise<OpenedFile> {
  const window = placeWindow(probed, options);
  const source = new FileSource(binaries, probed, {
    window,
    place: placePicture(probed.info, options),
    background: parseBackground(options.background ?? 'white'),
    deepColour: probed.info.hdr || probed.info.bitDepth > 8 ? await deepColourOf(binaries) : 'swscale',
  });
  return { binaries, probed, window, options, source };
}

function withTrack(probed: ProbedVideo, wanted: number | undefined): ProbedVideo {
  if (wanted === undefined) return probed;
  const { audioTracks } = probed.info;
  const audio = audioTracks[wanted];
  if (!audio) {
    const known = audioTracks.map(({ track, codec, language, title }) => `${track}: ${[language, title, codec].filter(Boolean).join(' ')}`);
    throw new ArgumentError(
      'audioTrack',
      wanted,
      known.length > 0 ? `one of the file's tracks of sound (${known.join('; ')})` : 'left out, since the file has no sound',
    );
  }
  return { ...probed, info: { ...probed.info, audio } };
}

async function findSequence(path: string): Promise<ImageSequence | undefined> {
  const kind = await checkInputFile(path).catch((error: unknown): InputKind | 'pattern' => {
    // Only a name that is no file is read as a pattern: "100%d.mp4" may well be a file.
    if ((error as { code?: string }).code === 'FL_VIDEO_NOT_FOUND' && isSequencePattern(path)) return 'pattern';
    throw error;
  });
  if (kind === 'file') return undefined;
  return kind === 'pattern' ? sequenceOfPattern(path) : sequenceOfFolder(path);
}

function inputOf(sequence: ImageSequence, options: VideoOpenOptions): Omit<ProbeTarget, 'path' | 'signal'> {
  // Played at the rate asked for: pictures that are opened at 8 fps are all shown, not resampled.
  const rate = rateFromNumber(options.fps ?? sequenceRate);
  return {
    inputPath: sequence.inputPath,
    inputOptions: ['-f', 'image2', '-framerate', rateText(rate)],
    firstNumber: sequence.startNumber,
    frameCount: sequence.frameCount,
    files: sequence.files,
    orientations: sequence.orientations,
  };
}
