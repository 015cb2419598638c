import { abortSignal, anything, bytes, callback, checkOptions, flag, type OptionChecks, type Rectangle, text } from '../core/index.js';
import type {
  ContactSheetOptions,
  FindFfmpegOptions,
  VideoOpenOptions,
  SideBySideOptions,
  FrameRange,
  FromFramesOptions,
  SaveOptions,
} from './videoOptions.js';
import type { SizeOptions } from './geometry.js';

/*
 * Which options the calls of this folder have. Values whose check stands beside what they are for (times in `clipWindow.ts`,
 * rates in `frameRate.ts`, sizes in `geometry.ts`, compression in `outputFormat.ts`) are `anything` here.
 */

const sizeChecks: OptionChecks<SizeOptions> = { width: anything, height: anything, fit: anything };

const openChecks: OptionChecks<VideoOpenOptions> = {
  ...sizeChecks,
  start: anything,
  end: anything,
  fps: anything,
  maxFrames: anything,
  background: anything,
  audioTrack: anything,
  onNotice: callback,
  signal: abortSignal,
  ffmpegPath: text,
};

const fromFramesChecks: OptionChecks<FromFramesOptions> = {
  fps: anything,
  provenance: anything,
  origins: anything,
  sound: anything,
  memoryLimit: bytes,
  signal: abortSignal,
  ffmpegPath: text,
};

const saveChecks: OptionChecks<SaveOptions> = {
  ...sizeChecks,
  crf: anything,
  loop: anything,
  audio: flag,
  overwrite: flag,
  maxBytes: bytes,
  signal: abortSignal,
  onProgress: callback,
};

const rangeChecks: OptionChecks<FrameRange> = { start: anything, end: anything, signal: abortSignal };

const sheetChecks: OptionChecks<ContactSheetOptions> = {
  columns: anything,
  rows: anything,
  labels: anything,
  cellHeight: anything,
  signal: abortSignal,
};

const besideChecks: OptionChecks<SideBySideOptions> = { gap: anything, labels: anything, signal: abortSignal };

const ffmpegChecks: OptionChecks<FindFfmpegOptions> = { ffmpegPath: text, ffprobePath: text };

/** Refuses options that a call does not have, each by the name of its call. @throws ArgumentError with the nearest name there is. */
export const checkVideoOptions = {
  open: (given: VideoOpenOptions): void => checkOptions('Video.open', given, openChecks),
  fromFrames: (given: Partial<FromFramesOptions>): void => checkOptions('Video.fromFrames', given, fromFramesChecks),
  withFrames: (given: Partial<FromFramesOptions>): void => checkOptions('withFrames', given, fromFramesChecks),
  frames: (given: FrameRange): void => checkOptions('frames', given, rangeChecks),
  trim: (given: { start?: number; end?: number }): void => checkOptions('trim', given, { start: anything, end: anything }),
  resize: (given: SizeOptions): void => checkOptions('resize', given, sizeChecks),
  crop: (given: Rectangle): void => checkOptions('crop', given, { left: anything, top: anything, width: anything, height: anything }),
  resample: (given: { fps: number }): void => checkOptions('resample', given, { fps: anything }),
  save: (given: SaveOptions): void => checkOptions('save', given, saveChecks),
  contactSheet: (given: ContactSheetOptions): void => checkOptions('contactSheet', given, sheetChecks),
  sideBySide: (given: SideBySideOptions): void => checkOptions('sideBySide', given, besideChecks),
  findFfmpeg: (given: FindFfmpegOptions): void => checkOptions('findFfmpeg', given, ffmpegChecks),
  readProvenance: (given: FindFfmpegOptions & { signal?: AbortSignal }): void =>
    checkOptions('readProvenance', given, { ...ffmpegChecks, signal: abortSignal }),
};
