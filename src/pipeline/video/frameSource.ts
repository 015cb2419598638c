import type { Frame } from '../core/index.js';
import type { FrameRate } from './frameRate.js';

/** Where a {@link Video} gets its frames: a file through ffmpeg, or frames that a program made. */
export interface FrameSource {
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
  /** Undefined only for files too large to count, until they have been read to the end. */
  readonly frameCount: number | undefined;
  /** Streams the frames `start <= index < end`; can be called again and at the same time. */
  read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined>;
  /** Frees what the source holds. */
  close(): Promise<void>;
}
