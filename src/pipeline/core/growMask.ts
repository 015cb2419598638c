import { Tensor } from './tensor.js';

/**
 * A mask that also takes in every place within `reach` of a marked one, along rows and columns: a dilation by a square.
 *
 * @param mask `[frames, 1, height, width]`; what is above 0 is marked.
 * @returns the same shape, 1 where marked and 0 elsewhere.
 */
export function growMask(mask: Tensor, reach: number): Tensor {
  const [frames, , height, width] = mask.dims as [number, number, number, number];
  const out = Tensor.zeros(mask.dims);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (!(mask.data[i]! > 0)) continue;
        const [left, right] = [Math.max(0, x - reach), Math.min(width - 1, x + reach)];
        for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
          const start = (frame * height + row) * width;
          out.data.fill(1, start + left, start + right + 1);
        }
      }
    }
  }
  return out;
}
