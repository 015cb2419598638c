import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Frame } from '../../pipeline/core/index.js';
import { chunk, pngFile, plainRows } from '../../pipeline/drawing/index.js';

const deflateAsync = promisify(deflate);

/** Colours are counted with this many bits a channel: finer differences are not seen. */
const BITS = 5;
const ROUNDS = 3;

/**
 * A picture as a PNG file of few colours, chosen for it: a third of the size of the full file, and text and flat ground stay
 * sharp. Median cut (Heckbert 1982), then Lloyd's rounds; no dithering, which does not compress.
 *
 * @param colours at most 256.
 */
export async function encodePalettePng(frame: Frame, colours = 256): Promise<Buffer> {
  const { palette, indices } = quantised(frame, colours);
  const rows = await deflateAsync(plainRows(indices, frame.width), { level: 9 });
  return pngFile({ width: frame.width, height: frame.height, pixels: 'palette' }, rows, [chunk('PLTE', Buffer.from(palette.flat()))]);
}

/** Values of one byte as a grey PNG file. */
export async function encodeGreyPng(values: Uint8Array, width: number, height: number): Promise<Buffer> {
  return pngFile({ width, height, pixels: 'grey' }, await deflateAsync(plainRows(values, width), { level: 9 }));
}

/** Colours that fall into one cell of the cube: their number and mean. */
interface Cell {
  readonly mean: [number, number, number];
  count: number;
}

function quantised({ data, width, height }: Frame, colours: number): { palette: number[][]; indices: Uint8Array } {
  const cells = new Map<number, Cell>();
  const keys = new Uint16Array(width * height);
  for (let pixel = 0; pixel < keys.length; pixel++) {
    const [red, green, blue] = [data[pixel * 3]!, data[pixel * 3 + 1]!, data[pixel * 3 + 2]!];
    const key = ((red >> (8 - BITS)) << (2 * BITS)) | ((green >> (8 - BITS)) << BITS) | (blue >> (8 - BITS));
    keys[pixel] = key;
    const cell = cells.get(key) ?? { mean: [0, 0, 0], count: 0 };
    if (cell.count === 0) cells.set(key, cell);
    cell.count++;
    cell.mean[0] += (red - cell.mean[0]) / cell.count;
    cell.mean[1] += (green - cell.mean[1]) / cell.count;
    cell.mean[2] += (blue - cell.mean[2]) / cell.count;
  }
  let palette = medianCut([...cells.values()], colours);
  for (let round = 0; round < ROUNDS; round++) palette = refined([...cells.values()], palette);
  const indexOf = new Uint8Array(1 << (3 * BITS));
  for (const [key, { mean }] of cells) indexOf[key] = nearest(palette, mean);
  return { palette: palette.map((colour) => colour.map(Math.round)), indices: Uint8Array.from(keys, (key) => indexOf[key]!) };
}

/** A cell of few pixels matters less than its number says for large grounds, so that small bright things keep a colour. */
function weight({ count }: Cell): number {
  return Math.sqrt(count);
}

function medianCut(cells: Cell[], most: number): number[][] {
  const boxes = [cells];
  while (boxes.length < most) {
    let widest = { box: -1, channel: 0, spread: 0 };
    boxes.forEach((box, i) => {
      if (box.length < 2) return;
      for (let channel = 0; channel < 3; channel++) {
        const values = box.map(({ mean }) => mean[channel]!);
        const spread = (Math.max(...values) - Math.min(...values)) * Math.sqrt(box.reduce((sum, cell) => sum + weight(cell), 0));
        if (spread > widest.spread) widest = { box: i, channel, spread };
      }
    });
    if (widest.box < 0) break;
    const sorted = boxes[widest.box]!.sort((a, b) => a.mean[widest.channel]! - b.mean[widest.channel]!);
    const half = sorted.reduce((sum, cell) => sum + weight(cell), 0) / 2;
    let [cut, sum] = [0, 0];
    while (cut < sorted.length - 1 && (cut === 0 || sum < half)) sum += weight(sorted[cut++]!);
    boxes.splice(widest.box, 1, sorted.slice(0, cut), sorted.slice(cut));
  }
  return boxes.filter((box) => box.length > 0).map(meanOf);
}

function refined(cells: readonly Cell[], palette: number[][]): number[][] {
  const groups = palette.map((): Cell[] => []);
  for (const cell of cells) groups[nearest(palette, cell.mean)]!.push(cell);
  return groups.map((group, i) => (group.length > 0 ? meanOf(group) : palette[i]!));
}

function meanOf(cells: readonly Cell[]): number[] {
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  return [0, 1, 2].map((channel) => cells.reduce((sum, { mean, count }) => sum + mean[channel]! * count, 0) / total);
}

function nearest(palette: readonly number[][], [red, green, blue]: readonly number[]): number {
  let [best, least] = [0, Infinity];
  for (let i = 0; i < palette.length; i++) {
    const [r, g, b] = palette[i] as [number, number, number];
    const distance = 3 * (r - red!) ** 2 + 6 * (g - green!) ** 2 + (b - blue!) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
