import { type Frame, Tensor } from '../../core/index.js';
import type { Affine } from './cameraMove.js';

/** The place within 0…`length` − 1 that one beyond the edges is a mirror image of. */
function reflected(place: number, length: number): number {
  const round = place - 2 * length * Math.floor(place / (2 * length));
  return round < length ? round : 2 * length - 1 - round;
}

/**
 * Latents of one frame seen from elsewhere: the nearest place, and mirrored beyond the edges, so that noise stays noise. As Text2Video-Zero warps them, whose grid
 * lies half a pixel beside.
 *
 * @param latents `[1, channels, height, width]`. @param scale pixels of a place.
 */
export function warpLatents(latents: Tensor, [a, b, c, d, e, f]: Affine, scale: number): Tensor {
  const [, channels, height, width] = latents.dims as [number, number, number, number];
  const out = new Float32Array(latents.size);
  const middle = (place: number) => (place + 0.5) * scale - 0.5;
  const nearest = (pixel: number, length: number) => reflected(Math.round((pixel + 0.5) / scale - 0.5), length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [pixelX, pixelY] = [middle(x), middle(y)];
      const from = nearest(d * pixelX + e * pixelY + f, height) * width + nearest(a * pixelX + b * pixelY + c, width);
      for (let channel = 0; channel < channels; channel++)
        out[(channel * height + y) * width + x] = latents.data[channel * height * width + from]!;
    }
  return new Tensor(out, latents.dims);
}

/** A picture seen from elsewhere: between pixels bilinearly, mirrored beyond the edges. */
export function warpPicture({ data, width, height }: Frame, [a, b, c, d, e, f]: Affine): Frame {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [a * x + b * y + c, d * x + e * y + f];
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, below] = [fromX - left, fromY - top];
      const columns = [reflected(left, width), reflected(left + 1, width)] as const;
      const rows = [reflected(top, height) * width, reflected(top + 1, height) * width] as const;
      for (let channel = 0; channel < 3; channel++) {
        const at = (row: 0 | 1, column: 0 | 1) => data[3 * (rows[row] + columns[column]) + channel]!;
        const above = at(0, 0) * (1 - right) + at(0, 1) * right;
        const under = at(1, 0) * (1 - right) + at(1, 1) * right;
        out[3 * (y * width + x) + channel] = Math.round(above * (1 - below) + under * below);
      }
    }
  return { data: out, width, height };
}
