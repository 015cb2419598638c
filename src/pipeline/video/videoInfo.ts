import type { FrameRate } from './frameRate.js';
import type { Orientation } from './orientation.js';
import type { Interlacing } from './interlacing.js';

/** The stretch of a file's sound that belongs to a clip. */
export interface Soundtrack {
  /** The file that has it. */
  readonly path: string;
  /** When it begins, in seconds on the file's own clock: the same on which its pictures stand. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
  /**
   * Where the file's clock jumps, because recordings with clocks of their own follow each other: by how many seconds it is ahead of
   * the first one's after each jump. {@link start} counts on the first one's clock, as it would have gone on.
   */
  readonly joins?: readonly number[] | undefined;
  /** The track. */
  readonly audio: AudioInfo;
}

/** What ffprobe and the list of packets say about a file, in display terms. */
export interface VideoInfo {
  /** The path as it was opened. */
  readonly path: string;
  /** ffmpeg's name of the container: `mov,mp4,m4a,3gp,3g2,mj2`, `matroska,webm`, `gif`, `image2`, … */
  readonly container: string;
  /** Codec of the video stream: `h264`, `vp9`, `gif`, `png`, … */
  readonly codec: string;
  /** ffmpeg's pixel format of the stored pictures: `yuv420p`, `yuv420p10le`, `bgra`, … */
  readonly pixelFormat: string;
  /** Display size in pixels, after rotation, with square pixels. */
  readonly width: number;
  /** Display height in pixels. */
  readonly height: number;
  /** Frames per second: of uneven frames the nominal rate, at which each has a place of its own. */
  readonly fps: number;
  /** The same, exact. */
  readonly frameRate: FrameRate;
  /** Frames that the file holds and its decoder gives, each counted once. */
  readonly frameCount: number;
  /** False when counting would mean reading a huge file: `frameCount` is then duration x rate. */
  readonly frameCountExact: boolean;
  /** Seconds from the first picture to the end of the last. */
  readonly duration: number;
  /** Degrees clockwise by which the stored pictures are turned for display: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Whether the frames stand unevenly in time. Such clips are decoded at their nominal rate, gaps filled by the frame before. */
  readonly variableFrameRate: boolean;
  /** Bits per colour component: 8, 10, 12, 16. */
  readonly bitDepth: number;
  /** Whether the file stores transparency; decoding lays it over `background`. */
  readonly hasAlpha: boolean;
  /** The transfer curve of high dynamic range, where there is one. Decoding maps it to SDR. */
  readonly hdr?: 'PQ' | 'HLG' | undefined;
  /** How the numbers become colours; what an untagged file is taken for is filled in. */
  readonly colour: ColourInfo;
  /** The fields of interlaced pictures. Decoding makes whole pictures of them. */
  readonly interlacing?: Interlacing | undefined;
  /** The sound that goes with the pictures: the track marked as default, or the first. */
  readonly audio?: AudioInfo | undefined;
  /** All tracks of sound, in the file's order. */
  readonly audioTracks: readonly AudioInfo[];
  /** What decoding does to the file that a user may want to know, a sentence each. */
  readonly notices: readonly string[];
  /** The container's tags, keys in lower case. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Matrix and range of the stored pictures. `rgb` when they are stored as RGB. */
export interface ColourInfo {
  /** The matrix from YCbCr to RGB. */
  readonly matrix: 'rgb' | 'bt601' | 'bt709' | 'bt2020' | 'smpte240m' | 'fcc';
  /** Whether black is at 16 (`limited`, as in broadcast) or at 0 (`full`). */
  readonly range: 'limited' | 'full';
  /** True when the file says nothing and size decided. */
  readonly assumed: boolean;
}

/** The sound that belongs to a clip. */
export interface AudioInfo {
  /** ffmpeg's name of it: `aac`, `opus`, `mp3`, … */
  readonly codec: string;
  /** How many: 1 for mono, 2 for stereo. */
  readonly channels: number;
  /** Samples per second. */
  readonly sampleRate: number;
  /** Seconds. */
  readonly duration: number;
  /** Its number among the tracks of sound, from 0: what the option `audioTrack` takes. */
  readonly track: number;
  /** Index of the stream in the file. */
  readonly streamIndex: number;
  /** When its first sample is heard, in seconds on the file's own clock. */
  readonly startTime?: number | undefined;
  /** Whether the file marks it as the one to play. */
  readonly isDefault: boolean;
  /** As the file names it: `eng`, `cze`. */
  readonly language?: string | undefined;
  /** The name that the file gives it. */
  readonly title?: string | undefined;
}

/** The moments at which frames are shown, in seconds from the first one, ascending. */
export interface FrameTimes {
  readonly times: readonly number[];
  /** When the last frame stops being shown. */
  readonly end: number;
  /** The same moments on the file's own clock, as the decoder gives them. */
  readonly clock: readonly number[];
  /** Moments of key frames on the file's own clock, from which decoding can begin; empty where they are not known. */
  readonly keys: readonly number[];
  /** Whether a frame can only be told by counting from the first: its time is missing, or changes with where decoding began. */
  readonly inOrder: boolean;
  /** By how many seconds the file's clock is ahead of the first recording's, for each that was joined to it; see {@link Soundtrack.joins}. */
  readonly joins?: readonly number[] | undefined;
}

/** A probed file: what users may know, and what only the decoder needs. */
export interface ProbedVideo {
  readonly info: VideoInfo;
  /** Index of the video stream in the file, for `-map`. */
  readonly streamIndex: number;
  /** When the first picture is shown, in seconds after the container's own start. */
  readonly startOffset: number;
  /** When the first picture is shown, in seconds on the file's own clock: sound is counted from here. */
  readonly clockStart: number;
  /** Every frame of the file; where it is too large to list them, as many as its length and rate promise. */
  readonly frameTimes: FrameTimes;
  /** Where the frames stand at the nominal rate, when that is not simply one after the other; see `Pace`. */
  readonly slots?: readonly number[] | undefined;
  /** Frames at the nominal rate. */
  readonly slotCount: number;
  /** Frames that the file declares where fewer can be read; undefined when it is whole. */
  readonly declaredFrames?: number | undefined;
  /** A decoder to use instead of ffmpeg's choice, for alpha in VP8 and VP9. */
  readonly decoder?: string | undefined;
  /** Options before `-i` beyond the limits, for image sequences. */
  readonly inputOptions: readonly string[];
  /** What follows `file:` in `-i`; differs from the path for image sequences. */
  readonly inputPath: string;
  /** The number of the first picture of an image sequence. */
  readonly firstNumber?: number | undefined;
  /** For pictures, how each is to be turned, in order. */
  readonly orientations?: readonly Orientation[] | undefined;
  /** The files that hold the clip: one, or the pictures of a sequence in order. */
  readonly files: readonly string[];
}
