import type { Orientation } from './orientation.js';

/** What to probe, where it differs from a plain file. */
export interface ProbeTarget {
  /** The path as the user gave it, for messages and `VideoInfo.path`. */
  readonly path: string;
  /** What follows `file:`; differs for image sequences. */
  readonly inputPath: string;
  /** Options before the input, for image sequences. */
  readonly inputOptions: readonly string[];
  /** The files that hold the clip. */
  readonly files: readonly string[];
  /** Frames, where that is known beforehand: image sequences are counted, not demuxed. */
  readonly frameCount?: number | undefined;
  /** The number of the first picture of an image sequence. */
  readonly firstNumber?: number | undefined;
  /** For pictures, how each is to be turned: versions of ffmpeg differ in whether they know. */
  readonly orientations?: readonly Orientation[] | undefined;
  readonly signal?: AbortSignal | undefined;
}
