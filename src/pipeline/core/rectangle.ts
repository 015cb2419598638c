import type { Frame } from './frame.js';

/** A part of a picture, in whole pixels. */
export interface Rectangle {
  /** Its first column. */
  readonly left: number;
  /** Its first row. */
  readonly top: number;
  /** Its columns. */
  readonly width: number;
  /** Its rows. */
  readonly height: number;
}

/** The least rectangle with all values above a limit, row after row of `width`; undefined where there are none. */
export function boundsOf(values: Float32Array, width: number, limit: number): Rectangle | undefined {
  let [left, top, right, bottom] = [width, -1, -1, -1];
  for (let y = 0, i = 0; i < values.length; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (values[i]! <= limit) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (top < 0) top = y;
      bottom = y;
    }
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The rectangle with a margin around it, as far as the picture goes. */
export function grownBounds(bounds: Rectangle, by: number, picture: { readonly width: number; readonly height: number }): Rectangle {
  const left = Math.max(0, bounds.left - by);
  const top = Math.max(0, bounds.top - by);
  return {
    left,
    top,
    width: Math.min(picture.width, bounds.left + bounds.width + by) - left,
    height: Math.min(picture.height, bounds.top + bounds.height + by) - top,
  };
}

/** A part of a picture. */
export function cropFrame({ data, width }: Frame, bounds: Rectangle): Frame {
  const out = new Uint8Array(3 * bounds.width * bounds.height);
  for (let y = 0; y < bounds.height; y++) {
    const start = 3 * ((bounds.top + y) * width + bounds.left);
    out.set(data.subarray(start, start + 3 * bounds.width), 3 * y * bounds.width);
  }
  return { data: out, width: bounds.width, height: bounds.height };
}

/** A part of a map of one value a pixel, in rows of `width`. */
export function cropPlane(values: Float32Array, width: number, bounds: Rectangle): Float32Array {
  const out = new Float32Array(bounds.width * bounds.height);
  for (let y = 0; y < bounds.height; y++) {
    const start = (bounds.top + y) * width + bounds.left;
    out.set(values.subarray(start, start + bounds.width), y * bounds.width);
  }
  return out;
}

/** A copy of a picture in which a part, whose first row and column `bounds` gives, is replaced. */
export function withPart(picture: Frame, part: Frame, { left, top }: Rectangle): Frame {
  const data = new Uint8Array(picture.data);
  for (let y = 0; y < part.height; y++)
    data.set(part.data.subarray(3 * y * part.width, 3 * (y + 1) * part.width), 3 * ((top + y) * picture.width + left));
  return { ...picture, data };
}
