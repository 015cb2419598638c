import { drawPicture, plainFrame, placePicture, PictureScaler } from '../pipeline/video/index.js';
import type { Frame } from '../pipeline/core/index.js';
import { encodePalettePng } from './drawing/palettePng.js';
import type { PreviewPayload } from '../shared/outputs/index.js';
import { dataUri, pngUri } from './smallPicture.js';

const COLUMNS = 8;
const MOST_CHARACTERS = 120_000;

/** Frames of one size as a sheet that a notebook stores: smaller where it would be too large, undefined where that does not help. */
export async function previewSheet(frames: readonly Frame[]): Promise<PreviewPayload['sheet']> {
  const { width, height } = frames[0]!;
  const columns = Math.min(COLUMNS, frames.length);
  const sheet = plainFrame(columns * width, Math.ceil(frames.length / columns) * height, [0, 0, 0]);
  frames.forEach((frame, i) => drawPicture(sheet, frame, (i % columns) * width, Math.floor(i / columns) * height));
  // Choosing colours takes time that every step would pay for; what most sheets show is small enough without.
  for (const encode of [pngUri, async (frame: Frame) => dataUri('png', await encodePalettePng(frame))]) {
    const picture = await encode(sheet);
    if (picture.length <= MOST_CHARACTERS) return { picture, columns, count: frames.length, frameWidth: width, frameHeight: height };
  }
  if (Math.min(width, height) < 16) return undefined;
  return previewSheet(halved(frames));
}

/** Frames of one size, halved until all of them together have at most so many pixels; they go to the renderer at every step. */
export function withinPixels(frames: readonly Frame[], most: number): readonly Frame[] {
  const { width, height } = frames[0]!;
  return frames.length * width * height <= most || Math.min(width, height) < 16 ? frames : withinPixels(halved(frames), most);
}

function halved(frames: readonly Frame[]): Frame[] {
  const { width, height } = frames[0]!;
  const size = { width: Math.floor(width / 2), height: Math.floor(height / 2) };
  const scaler = new PictureScaler(frames[0]!, placePicture(frames[0]!, { ...size, fit: 'fill' }));
  return frames.map((frame) => scaler.scale(frame));
}
