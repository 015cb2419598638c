import { Tensor } from '../core/index.js';

/**
 * Maps `[n, height, width]` at another size, by linear interpolation between the middles of their places (as PyTorch's
 * `interpolate` with `align_corners=False`).
 */
export function resizeMaps(maps: Tensor, width: number, height: number): Tensor {
  const [count, fromHeight, fromWidth] = maps.dims as [number, number, number];
  if (fromHeight === height && fromWidth === width) return maps;
  const across = samples(fromWidth, width);
  const down = samples(fromHeight, height);
  const out = Tensor.zeros([count, height, width]);
  for (let n = 0; n < count; n++) {
    const from = n * fromHeight * fromWidth;
    for (let y = 0; y < height; y++) {
      const row = down[y]!;
      for (let x = 0; x < width; x++) {
        const column = across[x]!;
        const at = (line: number, place: number) => maps.data[from + line * fromWidth + place]!;
        const top = at(row.low, column.low) * (1 - column.share) + at(row.low, column.high) * column.share;
        const bottom = at(row.high, column.low) * (1 - column.share) + at(row.high, column.high) * column.share;
        out.data[(n * height + y) * width + x] = top * (1 - row.share) + bottom * row.share;
      }
    }
  }
  return out;
}

/** For each new place the two old ones around it, and how much of the second to take. */
function samples(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, from - 1), share: place - low };
  });
}
