import { Tensor } from './tensor.js';

/**
 * Maps `[…, height, width]` at another size, by linear interpolation between the middles of their places (as PyTorch's
 * `interpolate` with `align_corners=False`).
 */
export function resizeMaps(maps: Tensor, width: number, height: number): Tensor {
  const [fromHeight, fromWidth] = maps.dims.slice(-2) as [number, number];
  if (fromHeight === height && fromWidth === width) return maps;
  const out = Tensor.zeros([...maps.dims.slice(0, -2), height, width]);
  const plane = fromHeight * fromWidth;
  for (let n = 0; n < maps.size / plane; n++) {
    const data = resizePlane({ data: maps.data.subarray(n * plane, (n + 1) * plane), width: fromWidth, height: fromHeight }, width, height);
    out.data.set(data, n * width * height);
  }
  return out;
}

/** One map at another size, as {@link resizeMaps}. */
export function resizePlane(
  from: { readonly data: ArrayLike<number>; readonly width: number; readonly height: number },
  width: number,
  height: number,
): Float32Array {
  const across = samples(from.width, width);
  const down = samples(from.height, height);
  const at = (row: number, column: number): number => from.data[row * from.width + column]!;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = down[y]!;
    for (let x = 0; x < width; x++) {
      const column = across[x]!;
      const top = at(row.low, column.low) * (1 - column.share) + at(row.low, column.high) * column.share;
      const bottom = at(row.high, column.low) * (1 - column.share) + at(row.high, column.high) * column.share;
      out[y * width + x] = top * (1 - row.share) + bottom * row.share;
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
