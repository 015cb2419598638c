/** What red, green and blue count for brightness (Rec. 601). */
export const LUMA = { red: 0.299, green: 0.587, blue: 0.114 };

/** Brightness of the red, green and blue that stand from `at` on. */
export function luma(values: ArrayLike<number>, at: number): number {
  return LUMA.red * values[at]! + LUMA.green * values[at + 1]! + LUMA.blue * values[at + 2]!;
}

/** Hue and colourfulness: red and blue, less the brightness. */
export function hueOf(values: ArrayLike<number>, at: number, bright: number): [number, number] {
  return [values[at]! - bright, values[at + 2]! - bright];
}

/** Red, green and blue of a brightness and a hue, not clamped. @param out where they go. */
export function colourOf(bright: number, [u, v]: readonly [number, number], out: Float32Array): void {
  out[0] = bright + u;
  out[1] = bright - (LUMA.red * u + LUMA.blue * v) / LUMA.green;
  out[2] = bright + v;
}
