import { createFrame, type Frame } from '../core/index.js';
import { type Colour, Drawing, shortened, widthOf } from '../drawing/index.js';

/** The surround of sheets and comparisons: dark, so that pictures stand out and nothing glares. */
export const paperColour: Colour = [24, 26, 31];
/** Captions. */
export const inkColour: Colour = [232, 234, 238];
/** What matters less: times, counts. */
export const faintColour: Colour = [150, 155, 165];

/** Height in pixels of a line of caption with room around it; even, so that it may stand in a video. */
export const captionHeight = 26;
/** Pixels of a caption's em, and from the top of its line to its baseline. */
const EM = 15;
const BASELINE = 17;

/** A frame of one colour. */
export function plainFrame(width: number, height: number, [red, green, blue]: Colour): Frame {
  const frame = createFrame(width, height);
  for (let at = 0; at < frame.data.length; at += 3) frame.data.set([red, green, blue], at);
  return frame;
}

/** Draws `picture` into `frame` with its top left corner at (x, y); what hangs over is cut. */
export function drawPicture(frame: Frame, picture: Frame, x: number, y: number): void {
  const columns = Math.min(picture.width, frame.width - x);
  if (columns <= 0) return;
  for (let row = 0; row < Math.min(picture.height, frame.height - y); row++) {
    const from = row * picture.width * 3;
    frame.data.set(picture.data.subarray(from, from + columns * 3), ((y + row) * frame.width + x) * 3);
  }
}

/** A line of caption and where its top left corner is. */
export interface Caption {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Default {@link inkColour}. */
  readonly colour?: Colour;
}

/** Writes captions, all in one go. */
export function drawCaptions(frame: Frame, captions: readonly Caption[]): void {
  const drawing = new Drawing(frame.width, frame.height);
  for (const { text, x, y, colour = inkColour } of captions) drawing.text(oneLine(text), { x, y: y + BASELINE - 4, size: EM, colour });
  const { data } = drawing.rasterise();
  for (let from = 0, at = 0; from < data.length; from += 4, at += 3) {
    const alpha = data[from + 3]! / 255;
    if (alpha === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const under = frame.data[at + channel]!;
      frame.data[at + channel] = Math.round(under + (data[from + channel]! - under) * alpha);
    }
  }
}

/** Pixels that a caption takes up. */
export function captionWidth(text: string): number {
  return Math.ceil(widthOf(oneLine(text), EM));
}

/** The caption, cut with "…" to fit into `pixels`. */
export function fitCaption(text: string, pixels: number): string {
  return shortened(oneLine(text), pixels, EM);
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ');
}
