import { createFrame, type Frame } from '../core/index.js';
import { glyphCoverage, glyphHeight, glyphWidth } from './captionFont.js';

/** Red, green, blue, 0-255. */
export type Colour = readonly [number, number, number];

/** The surround of sheets and comparisons: dark, so that pictures stand out and nothing glares. */
export const paperColour: Colour = [24, 26, 31];
/** Captions. */
export const inkColour: Colour = [232, 234, 238];
/** What matters less: times, counts. */
export const faintColour: Colour = [150, 155, 165];

/** Height in pixels of a line of caption with room around it; even, so that it may stand in a video. */
export const captionHeight = glyphHeight + 8;

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

/** Writes one line of text with its top left corner at (x, y). */
export function drawText(frame: Frame, text: string, x: number, y: number, colour: Colour = inkColour): void {
  let left = x;
  for (const character of plainText(text)) {
    for (let row = 0; row < glyphHeight; row++) {
      for (let column = 0; column < glyphWidth; column++) {
        const coverage = glyphCoverage(character.charCodeAt(0), column, row) / 15;
        if (coverage > 0) blend(frame, left + column, y + row, colour, coverage);
      }
    }
    left += glyphWidth;
  }
}

/** Pixels that a text takes up. */
export function textWidth(text: string): number {
  return plainText(text).length * glyphWidth;
}

/** The text, cut with "..." to fit into `pixels`. */
export function fitText(text: string, pixels: number): string {
  const plain = plainText(text);
  const room = Math.max(0, Math.floor(pixels / glyphWidth));
  if (plain.length <= room) return plain;
  return room <= 3 ? plain.slice(0, room) : `${plain.slice(0, room - 3).trimEnd()}...`;
}

/** Letters with accents lose them; what the font cannot show becomes a question mark. */
function plainText(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/\s+/g, ' ').replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"').replace(/[\u2013\u2014]/g, '-')
    .replace(/\P{ASCII}/gu, '?');
}

function blend(frame: Frame, x: number, y: number, colour: Colour, coverage: number): void {
  if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) return;
  const at = (y * frame.width + x) * 3;
  for (let channel = 0; channel < 3; channel++) {
    const under = frame.data[at + channel] ?? 0;
    frame.data[at + channel] = Math.round(under + ((colour[channel] ?? 0) - under) * coverage);
  }
}
