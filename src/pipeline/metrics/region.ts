import { ArgumentError, type Frame, growMask, resizeMaps, Tensor } from '../core/index.js';

/** The part of a clip that a metric looks at. */
export interface Region {
  /** What is inside, 0.5 and more of 0 … 1: `[frames, 1, height, width]`, or `[1, 1, height, width]` for all frames alike. Scaled to the pictures. */
  readonly mask: Tensor;
  /** Which side of the mask is looked at. */
  readonly side: 'inside' | 'outside';
  /** Pixels around the mask that count as inside as well, such as those of a soft outline; 0 by default. */
  readonly margin?: number;
}

/** Whether a pixel (row-major from the top left) of a frame is looked at. */
export type InRegion = (frame: number, pixel: number) => boolean;

/**
 * Says of every pixel whether it lies in a region; all do where there is none.
 *
 * @throws {ArgumentError} for a mask of another shape or a margin that is no whole number of pixels.
 */
export function inRegion(region: Region | undefined, frames: readonly Frame[]): InRegion {
  if (region === undefined) return () => true;
  const { mask, side, margin = 0 } = region;
  const { width, height } = frames[0]!;
  if (!(mask instanceof Tensor) || mask.dims.length !== 4 || mask.dims[1] !== 1 || ![1, frames.length].includes(mask.dims[0]!))
    throw new ArgumentError(
      'region.mask',
      mask instanceof Tensor ? `a tensor of shape [${mask.dims.join(', ')}]` : mask,
      `a Tensor [${frames.length}, 1, height, width] or [1, 1, height, width]`,
    );
  if (side !== 'inside' && side !== 'outside') throw new ArgumentError('region.side', side, '"inside" or "outside"');
  if (!Number.isInteger(margin) || margin < 0) throw new ArgumentError('region.margin', margin, 'a whole number of pixels, 0 or more');
  const marked = growMask(
    resizeMaps(mask, width, height).map((value) => (value >= 0.5 ? 1 : 0)),
    margin,
  );
  const each = mask.dims[0] === 1 ? 0 : width * height;
  const wanted = side === 'inside' ? 1 : 0;
  return (frame, pixel) => marked.data[frame * each + pixel] === wanted;
}
