/** Most that a look may strengthen the differences of hues by. */
const STRENGTHENED = 1.5;

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

/** How much of the differences between hues is left by a look: the slope of a regression of hues after on hues before. */
export class HueSlope {
  private readonly sums = new Float64Array(6);
  private count = 0;

  /** Counts a pixel, by its hue after and before. */
  add([u, v]: readonly [number, number], [x, y]: readonly [number, number]): void {
    [u, v, x, y, u * x + v * y, x * x + y * y].forEach((value, i) => (this.sums[i]! += value));
    this.count++;
  }

  /** 0 where no hue is left, and where there was only one. */
  slope(): number {
    const [u, v, x, y, product, square] = [...this.sums].map((sum) => sum / this.count) as [number, number, number, number, number, number];
    const variance = square - x * x - y * y;
    return variance > 1 ? Math.min(STRENGTHENED, Math.max(0, (product - u * x - v * y) / variance)) : 0;
  }
}
