import type { Frame } from '../core/index.js';

/** How motion is looked for. */
export interface BlockMatching {
  /** Side of the blocks in pixels. */
  readonly block: number;
  /** Most pixels along rows and columns that a block may have moved. */
  readonly reach: number;
}

/** Where every pixel of a frame lies in another one: whole pixels to the right and down. */
export interface Flow {
  /** To the right, by pixel, row-major from the top left. */
  readonly right: Int16Array;
  /** Down, likewise. */
  readonly down: Int16Array;
}

/**
 * Flow by block matching with a full search: every block of `from` is laid where the sum of absolute differences of the brightness
 * (BT.601 luma) is least; of equal places the nearest one counts. Jain & Jain 1981, "Displacement Measurement and Its Application
 * in Interframe Image Coding".
 *
 * Blocks at the right and lower edge are smaller where the side is no multiple; a block is laid only where it lies wholly in `to`.
 */
export function blockMatching(from: Frame, to: Frame, { block, reach }: BlockMatching): Flow {
  const { width, height } = from;
  const [a, b] = [luma(from), luma(to)];
  const flow = { right: new Int16Array(width * height), down: new Int16Array(width * height) };
  const places = displacements(reach);
  for (let top = 0; top < height; top += block) {
    for (let left = 0; left < width; left += block) {
      const box = { top, left, bottom: Math.min(top + block, height), right: Math.min(left + block, width) };
      let least = Infinity;
      let found: readonly [number, number] = [0, 0];
      for (const place of places) {
        const [dx, dy] = place;
        if (box.left + dx < 0 || box.right + dx > width || box.top + dy < 0 || box.bottom + dy > height) continue;
        const difference = absoluteDifference(a, b, width, box, dx + dy * width, least);
        if (difference < least) [least, found] = [difference, place];
      }
      for (let y = box.top; y < box.bottom; y++) {
        flow.right.fill(found[0], y * width + box.left, y * width + box.right);
        flow.down.fill(found[1], y * width + box.left, y * width + box.right);
      }
    }
  }
  return flow;
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The sum over a block; given up once it is no longer below `least`. */
function absoluteDifference(a: Int32Array, b: Int32Array, width: number, box: Box, offset: number, least: number): number {
  let sum = 0;
  for (let y = box.top; y < box.bottom && sum < least; y++)
    for (let i = y * width + box.left; i < y * width + box.right; i++) sum += Math.abs(a[i]! - b[i + offset]!);
  return sum;
}

/** All displacements, the nearest first. */
function displacements(reach: number): (readonly [dx: number, dy: number])[] {
  const side = 2 * reach + 1;
  return Array.from({ length: side * side }, (_, i) => [(i % side) - reach, Math.floor(i / side) - reach] as const).sort(
    ([ax, ay], [bx, by]) => ax * ax + ay * ay - (bx * bx + by * by),
  );
}

/** Brightness times 1000, so that sums are exact. */
function luma({ data }: Frame): Int32Array {
  return Int32Array.from({ length: data.length / 3 }, (_, i) => 299 * data[3 * i]! + 587 * data[3 * i + 1]! + 114 * data[3 * i + 2]!);
}
