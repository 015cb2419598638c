import type { FrameRate } from './frameRate.js';

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
  readonly height: number;
  /** Average frames per second. */
  readonly fps: number;
  /** The same, exact. */
  readonly frameRate: FrameRate;
  /** Frames in the file. */
  readonly frameCount: number;
  /** False when counting would mean reading a huge file: `frameCount` is then duration x rate. */
  readonly frameCountExact: boolean;
  /** Seconds from the first picture to the end of the last. */
  readonly duration: number;
  /** Degrees clockwise by which the stored pictures are turned for display: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Whether the frames stand unevenly in time. Such clips are decoded at a constant rate. */
  readonly variableFrameRate: boolean;
  /** Bits per colour component: 8, 10, 12, 16. */
  readonly bitDepth: number;
  readonly hasAlpha: boolean;
  /** The transfer curve of high dynamic range, where there is one. Decoding maps it to SDR. */
  readonly hdr?: 'PQ' | 'HLG' | undefined;
  /** How the numbers become colours; what an untagged file is taken for is filled in. */
  readonly colour: ColourInfo;
  /** The first audio stream. */
  readonly audio?: AudioInfo | undefined;
  /** The container's tags, keys in lower case. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Matrix and range of the stored pictures. `rgb` when they are stored as RGB. */
export interface ColourInfo {
  readonly matrix: 'rgb' | 'bt601' | 'bt709' | 'bt2020' | 'smpte240m' | 'fcc';
  readonly range: 'limited' | 'full';
  /** True when the file says nothing and size decided. */
  readonly assumed: boolean;
}

/** The sound that belongs to a clip. */
export interface AudioInfo {
  readonly codec: string;
  readonly channels: number;
  /** Samples per second. */
  readonly sampleRate: number;
  /** Seconds. */
  readonly duration: number;
}

/** The moments at which frames are shown, in seconds from the first one, ascending. */
export interface FrameTimes {
  readonly times: readonly number[];
  /** When the last frame stops being shown. */
  readonly end: number;
}

/** A probed file: what users may know, and what only the decoder needs. */
export interface ProbedVideo {
  readonly info: VideoInfo;
  /** Index of the video stream in the file, for `-map`. */
  readonly streamIndex: number;
  /** When the first picture is shown, in seconds after the container's own start. */
  readonly startOffset: number;
  /** Undefined when the file is too large to list its packets. */
  readonly frameTimes?: FrameTimes | undefined;
  /** Frames that the file declares where fewer can be read; undefined when it is whole. */
  readonly declaredFrames?: number | undefined;
  /** A decoder to use instead of ffmpeg's choice, for alpha in VP8 and VP9. */
  readonly decoder?: string | undefined;
  /** Options before `-i` beyond the limits, for image sequences. */
  readonly inputOptions: readonly string[];
  /** What follows `file:` in `-i`; differs from the path for image sequences. */
  readonly inputPath: string;
  /** The files that hold the clip: one, or the pictures of a sequence in order. */
  readonly files: readonly string[];
}
