import type { SizeOptions } from './geometry.js';
import type { Provenance } from './provenance.js';
import type { WriteOptions } from './saveVideo.js';
import type { Soundtrack } from './soundtrack.js';

/** Options of `Video.fromFrames`. */
export interface FromFramesOptions {
  /** Frames per second. */
  readonly fps: number;
  /** What made the frames; written into every file saved from the clip. */
  readonly provenance?: Provenance | undefined;
  /** Sound to go with them. */
  readonly sound?: Soundtrack | undefined;
  /** Bytes of frames kept in memory before they move to a temporary file. Default 64 MiB. */
  readonly memoryLimit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The ffmpeg program that `save` uses. */
  readonly ffmpegPath?: string | undefined;
}

/** Which frames to read. */
export interface FrameRange {
  /** Index of the first frame; default 0. */
  readonly start?: number | undefined;
  /** Index after the last frame; default and limit: the end of the clip. */
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Video.save`. */
export type SaveOptions = WriteOptions & SizeOptions;
