import type { WindowOptions } from './clipWindow.js';
import type { SizeOptions } from './geometry.js';
import type { CompressionOptions } from './outputFormat.js';
import type { Provenance } from './provenance.js';
import type { Soundtrack } from './videoInfo.js';

/** Where to look before PATH. */
export interface FindFfmpegOptions {
  /** The ffmpeg program; the environment variable FRAMELOOM_FFMPEG when absent. */
  ffmpegPath?: string | undefined;
  /** The ffprobe program; FRAMELOOM_FFPROBE when absent, then the one beside ffmpeg. */
  ffprobePath?: string | undefined;
}

/** How to open a video. */
export interface VideoOpenOptions extends WindowOptions, SizeOptions {
  /** What stands behind transparent pixels: `white` (default), `black` or `#rrggbb`. */
  readonly background?: string | undefined;
  /** The track of sound to keep, counted from 0; default the one that the file marks to be played, else the first. */
  readonly audioTrack?: number | undefined;
  /** Gets what decoding does to the file, a sentence each: uneven frames, fields. Default: `console.warn`. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
  readonly signal?: AbortSignal | undefined;
  /** The ffmpeg program to use; default FRAMELOOM_FFMPEG, then PATH, then the bundled one. */
  readonly ffmpegPath?: string | undefined;
}

/** Options of `Video.fromFrames`. */
export interface FromFramesOptions {
  /** Frames per second. */
  readonly fps: number;
  /** What made the frames; written into every file saved from the clip. */
  readonly provenance?: Provenance | undefined;
  /** Files that they were made from: `save` never replaces these. */
  readonly origins?: readonly string[] | undefined;
  /** Sound to go with them. */
  readonly sound?: Soundtrack | undefined;
  /** Bytes of frames kept in memory before they move to a temporary file. Default 64 MiB. */
  readonly memoryLimit?: number | undefined;
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
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
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a save has come. */
export interface SaveProgress {
  /** Frames written. */
  readonly frame: number;
  /** Frames in all; undefined for a file too large to count. */
  readonly frameCount: number | undefined;
}

/** Options of a save beyond the picture size. */
export interface WriteOptions extends CompressionOptions {
  /** Keep the source's sound where the format has sound. Default true. */
  readonly audio?: boolean | undefined;
  /** Replace an existing file. Default true. */
  readonly overwrite?: boolean | undefined;
  /** Bytes above which the save is given up. Default 16 GiB. */
  readonly maxBytes?: number | undefined;
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
  readonly signal?: AbortSignal | undefined;
  /** Called while frames are written. */
  readonly onProgress?: ((progress: SaveProgress) => void) | undefined;
}

/** Options of `Video.save`. */
export type SaveOptions = WriteOptions & SizeOptions;

/** How to lay out a contact sheet. */
export interface ContactSheetOptions {
  /** Frames per row. Default 8, or fewer for a shorter clip. */
  readonly columns?: number | undefined;
  /** Rows per clip: more moments of a long clip. Default 1. */
  readonly rows?: number | undefined;
  /** A caption for each clip; default its file name. Its length and rate are added. */
  readonly labels?: readonly string[] | undefined;
  /** Height of the pictures in pixels. Default the first clip's own, between 96 and 192. */
  readonly cellHeight?: number | undefined;
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
  readonly signal?: AbortSignal | undefined;
}

/** How to set two clips next to each other. */
export interface SideBySideOptions {
  /** Pixels between them. Default 8. */
  readonly gap?: number | undefined;
  /** A caption over each: "source", "edited". None by default. */
  readonly labels?: readonly [string, string] | undefined;
  /** Ends the work when it fires: an {@link AbortError}, and nothing half-written is left. */
  readonly signal?: AbortSignal | undefined;
}
