import { Tensor } from '../core/index.js';

/** How latents are brought to another size, in PyTorch's words for `interpolate`. */
export const upscaleModes = ['nearest', 'nearest-exact', 'bilinear', 'bicubic', 'area'] as const;

/** One of `upscaleModes`. */
export type UpscaleMode = (typeof upscaleModes)[number];

/** The entries of an axis that one entry of the resized axis is made from, with their shares. */
type Taps = readonly (readonly [from: number, share: number])[];

/**
 * Latents in another size, as `torch.nn.functional.interpolate(…, size, mode, align_corners=False)` makes them.
 *
 * @param latents `[frames, channels, height, width]`.
 */
export function resample(latents: Tensor, height: number, width: number, mode: UpscaleMode): Tensor {
  const [frames, channels, rows, columns] = latents.dims as [number, number, number, number];
  const across = resampleAxis(latents.data, frames * channels * rows, columns, 1, tapsOf(mode, columns, width));
  const down = resampleAxis(across, frames * channels, rows, width, tapsOf(mode, rows, height));
  return new Tensor(Float32Array.from(down), [frames, channels, height, width]);
}

/** `[outer, length, inner]` to `[outer, taps, inner]`. */
function resampleAxis(data: ArrayLike<number>, outer: number, length: number, inner: number, taps: readonly Taps[]): Float64Array {
  const out = new Float64Array(outer * taps.length * inner);
  for (let block = 0; block < outer; block++) {
    for (const [to, entries] of taps.entries()) {
      for (const [from, share] of entries) {
        for (let i = 0; i < inner; i++) out[(block * taps.length + to) * inner + i]! += share * data[(block * length + from) * inner + i]!;
      }
    }
  }
  return out;
}

function tapsOf(mode: UpscaleMode, from: number, to: number): readonly Taps[] {
  const scale = from / to;
  const inside = (index: number) => Math.min(Math.max(index, 0), from - 1);
  return Array.from({ length: to }, (_, i): Taps => {
    // Where the middle of the new entry lies among the old ones.
    const centre = (i + 0.5) * scale - 0.5;
    const low = Math.floor(centre);
    switch (mode) {
      case 'nearest':
        return [[inside(Math.floor(i * scale)), 1]];
      case 'nearest-exact':
        return [[inside(Math.floor((i + 0.5) * scale)), 1]];
      case 'bilinear': {
        const share = Math.max(centre, 0) - Math.max(low, 0);
        return [
          [inside(low), 1 - share],
          [inside(Math.max(low, 0) + 1), share],
        ];
      }
      case 'bicubic':
        return [-1, 0, 1, 2].map((offset) => [inside(low + offset), cubic(centre - low - offset)]);
      case 'area': {
        const start = Math.floor(i * scale);
        const end = Math.ceil((i + 1) * scale);
        return Array.from({ length: end - start }, (_, k) => [start + k, 1 / (end - start)]);
      }
    }
  });
}

/** Keys' cubic kernel with a = −0.75, PyTorch's. Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing". */
function cubic(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}
