import { ArgumentError } from './errors.js';

/**
 * One decoded picture: 8-bit sRGB/BT.709 RGB, `rgb24`, row-major from the top left,
 * `width * height * 3` bytes. Alpha is already composited and rotation already applied.
 */
export interface Frame {
  /** The bytes, red, green and blue of each pixel in turn, 0 … 255. */
  readonly data: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** Bytes of one `rgb24` picture of this size. */
export function frameBytes(width: number, height: number): number {
  return width * height * 3;
}

/**
 * A black picture of the given size in pixels.
 *
 * @throws ArgumentError when a side is not a positive integer.
 */
export function createFrame(width: number, height: number): Frame {
  checkSide('width', width);
  checkSide('height', height);
  return { data: new Uint8Array(frameBytes(width, height)), width, height };
}

/**
 * Checks that a value handed in by a caller is a usable picture.
 *
 * @param what how to name it in the message ("frames[3]").
 * @throws ArgumentError naming the field that is wrong.
 */
export function checkFrame(frame: Frame, what: string): void {
  if (frame === null || typeof frame !== 'object') {
    throw new ArgumentError(what, frame, 'a frame: { data: Uint8Array, width, height }');
  }
  checkSide(`${what}.width`, frame.width);
  checkSide(`${what}.height`, frame.height);
  if (!(frame.data instanceof Uint8Array)) {
    throw new ArgumentError(`${what}.data`, typeof frame.data, 'a Uint8Array of rgb24 pixels');
  }
  const wanted = frameBytes(frame.width, frame.height);
  if (frame.data.length !== wanted) {
    throw new ArgumentError(`${what}.data.length`, frame.data.length, `width * height * 3 = ${wanted}`);
  }
}

/** @throws ArgumentError unless `value` is a whole number of pixels from 1 to 32768. */
export function checkSide(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > 32768) {
    throw new ArgumentError(name, value, 'a whole number of pixels from 1 to 32768');
  }
}
