import { Tensor } from '../core/index.js';

/** Squares that a clip is cut into, which overlap and go over into one another: diffusers' `enable_tiling`. */
export interface Tiling {
  /** Side of a tile, in places of what goes in. */
  readonly side: number;
  /** From one tile to the next, below `side`; the rest overlaps. */
  readonly stride: number;
  /** How many times as long the sides come out: 8 where latents are decoded, 1/8 where pixels are encoded. */
  readonly scale: number;
}

/** One tile as it came out, and where it belongs. */
interface Tile {
  readonly pixels: Tensor;
  readonly x: number;
  readonly y: number;
}

/**
 * Sends a clip through tile by tile, so that memory follows the tile's size: the same numbers as diffusers' `tiled_encode` and `tiled_decode`.
 *
 * @param clip `[frames, channels, height, width]`.
 * @param call one tile `[frames, channels, ≤ side, ≤ side]`, all its frames.
 */
export async function codeTiled(clip: Tensor, { side, stride, scale }: Tiling, call: (tile: Tensor) => Promise<Tensor>): Promise<Tensor> {
  const [, , height, width] = clip.dims as [number, number, number, number];
  let out: Tensor | undefined;
  let above: Tile[] = [];
  for (let y = 0; y < height; y += stride) {
    const row: Tile[] = [];
    for (let x = 0; x < width; x += stride) {
      const pixels = await call(cut(clip, { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) }));
      const tile = { pixels, x: x * scale, y: y * scale };
      const overlap = (side - stride) * scale;
      // Those above and to the left have been blended themselves.
      if (y > 0) blendDown(above[row.length]!.pixels, pixels, overlap);
      if (x > 0) blendAcross(row.at(-1)!.pixels, pixels, overlap);
      row.push(tile);
    }
    for (const tile of row) {
      out ??= Tensor.zeros([...tile.pixels.dims.slice(0, 2), height * scale, width * scale]);
      paste(out, tile, stride * scale);
    }
    above = row;
  }
  return out!;
}

/** A rectangle of every frame and channel. */
function cut(clip: Tensor, area: { x: number; y: number; width: number; height: number }): Tensor {
  const [frames, channels, height, width] = clip.dims as [number, number, number, number];
  const part = Tensor.zeros([frames, channels, area.height, area.width]);
  for (let plane = 0; plane < frames * channels; plane++)
    for (let y = 0; y < area.height; y++) {
      const from = (plane * height + area.y + y) * width + area.x;
      part.data.set(clip.data.subarray(from, from + area.width), (plane * area.height + y) * area.width);
    }
  return part;
}

/** The first rows of a tile go over from the last ones of the tile above. */
function blendDown(above: Tensor, tile: Tensor, overlap: number): void {
  const [frames, channels, height, width] = tile.dims as [number, number, number, number];
  const rows = above.dims[2]!;
  const extent = Math.min(rows, height, overlap);
  for (let plane = 0; plane < frames * channels; plane++)
    for (let y = 0; y < extent; y++)
      for (let x = 0; x < width; x++) {
        const at = (plane * height + y) * width + x;
        const before = above.data[(plane * rows + rows - extent + y) * width + x]!;
        tile.data[at] = before * (1 - y / extent) + tile.data[at]! * (y / extent);
      }
}

/** The first columns of a tile go over from the last ones of the tile to its left. */
function blendAcross(left: Tensor, tile: Tensor, overlap: number): void {
  const [frames, channels, height, width] = tile.dims as [number, number, number, number];
  const columns = left.dims[3]!;
  const extent = Math.min(columns, width, overlap);
  for (let row = 0; row < frames * channels * height; row++)
    for (let x = 0; x < extent; x++) {
      const at = row * width + x;
      const before = left.data[row * columns + columns - extent + x]!;
      tile.data[at] = before * (1 - x / extent) + tile.data[at]! * (x / extent);
    }
}

/** Puts a tile's own part, up to where the next one begins, into the whole. */
function paste(whole: Tensor, { pixels, x, y }: Tile, stride: number): void {
  const [frames, channels, height, width] = whole.dims as [number, number, number, number];
  const [, , tileHeight, tileWidth] = pixels.dims as [number, number, number, number];
  const [rows, columns] = [Math.min(stride, tileHeight), Math.min(stride, tileWidth)];
  for (let plane = 0; plane < frames * channels; plane++)
    for (let row = 0; row < rows; row++) {
      const from = (plane * tileHeight + row) * tileWidth;
      whole.data.set(pixels.data.subarray(from, from + columns), (plane * height + y + row) * width + x);
    }
}
