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
  const { data } = from;
  const across = samples(from.width, width);
  const down = samples(from.height, height);
  const out = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const below = down.shares[y]!;
    const [top, bottom] = [down.lows[y]! * from.width, down.highs[y]! * from.width];
    for (let x = 0; x < width; x++, i++) {
      const right = across.shares[x]!;
      const [low, high] = [across.lows[x]!, across.highs[x]!];
      const above = data[top + low]! * (1 - right) + data[top + high]! * right;
      out[i] = above * (1 - below) + (data[bottom + low]! * (1 - right) + data[bottom + high]! * right) * below;
    }
  }
  return out;
}

/** For each new place the two old ones around it, and how much of the second to take. */
function samples(from: number, to: number): { lows: Int32Array; highs: Int32Array; shares: Float64Array } {
  const [lows, highs, shares] = [new Int32Array(to), new Int32Array(to), new Float64Array(to)];
  for (let i = 0; i < to; i++) {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(place);
    lows[i] = low;
    highs[i] = Math.min(low + 1, from - 1);
    shares[i] = place - low;
  }
  return { lows, highs, shares };
}
