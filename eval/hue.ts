import type { Frame } from '../src/index.js';

/** Hues in degrees of the colours that captions name; those of `HUE` in `training/clips.py`. */
export const hues: Readonly<Record<string, number>> = { red: 0, orange: 28, yellow: 50, green: 125, blue: 215, purple: 275, pink: 330 };

/** A frame's colours as hue (degrees, 0…360), saturation and value (0…1), one number a pixel each. */
export interface Hsv {
  hue: Float32Array;
  saturation: Float32Array;
  value: Float32Array;
}

/** Hue, saturation and value of every pixel, as in HSV. */
export function toHsv({ width, height, data }: Frame): Hsv {
  const [hue, saturation, value] = [0, 1, 2].map(() => new Float32Array(width * height)) as [Float32Array, Float32Array, Float32Array];
  for (let pixel = 0; pixel < hue.length; pixel++) {
    const [r, g, b] = [data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!];
    const most = Math.max(r, g, b);
    const range = most - Math.min(r, g, b);
    value[pixel] = most / 255;
    saturation[pixel] = most === 0 ? 0 : range / most;
    if (range === 0) continue;
    const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    hue[pixel] = (60 * sixth + 360) % 360;
  }
  return { hue, saturation, value };
}

/** Degrees between two hues, 0…180. */
export function hueDistance(a: number, b: number): number {
  const apart = Math.abs(a - b) % 360;
  return Math.min(apart, 360 - apart);
}
