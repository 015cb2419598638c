import type { Point } from './letters.js';

/** How much of each pixel of a rectangle a shape covers, 0 … 1, row-major. */
export interface Coverage {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Lines that a row of pixels is looked at along; along each the coverage is exact. */
const LINES = 8;

/** The inside of closed polygons by the non-zero rule, in pixels. @param limits width and height of the picture. */
export function coverageOfPolygons(polygons: readonly (readonly Point[])[], limits: { width: number; height: number }): Coverage | undefined {
  const box = boxAround(polygons.flat(), 0, limits);
  if (!box) return undefined;
  const { left, top, width, height, values } = box;
  const edges = polygons.flatMap((polygon) => polygon.map((from, i) => edge(from, polygon[(i + 1) % polygon.length]!))).filter(({ y0, y1 }) => y0 < y1);
  for (let row = 0; row < height; row++) {
    for (let line = 0; line < LINES; line++) {
      const y = top + row + (line + 0.5) / LINES;
      const crossings = edges.filter(({ y0, y1 }) => y0 <= y && y < y1).map(({ x0, y0, slope, way }) => ({ x: x0 + (y - y0) * slope, way })).sort((a, b) => a.x - b.x);
      let winding = 0;
      for (let i = 0; i + 1 < crossings.length; i++) {
        winding += crossings[i]!.way;
        if (winding !== 0) addSpan(values, row * width, width, crossings[i]!.x - left, crossings[i + 1]!.x - left);
      }
    }
  }
  return box;
}

/** A line of a width in pixels through points, with round ends and corners. */
export function coverageOfStroke(points: readonly Point[], lineWidth: number, limits: { width: number; height: number }): Coverage | undefined {
  const box = boxAround(points, lineWidth / 2 + 1, limits);
  if (!box) return undefined;
  const { left, top, width, height, values } = box;
  const reach = lineWidth / 2 + 0.5;
  for (let i = 0; i < Math.max(1, points.length - 1); i++) {
    const [ax, ay] = points[i]!;
    const [bx, by] = points[i + 1] ?? points[i]!;
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy || 1;
    for (let row = clamp(Math.floor(Math.min(ay, by) - reach) - top, height); row < clamp(Math.ceil(Math.max(ay, by) + reach) - top, height); row++) {
      for (let column = clamp(Math.floor(Math.min(ax, bx) - reach) - left, width); column < clamp(Math.ceil(Math.max(ax, bx) + reach) - left, width); column++) {
        const [x, y] = [left + column + 0.5 - ax, top + row + 0.5 - ay];
        const along = Math.min(1, Math.max(0, (x * dx + y * dy) / length));
        const covered = reach - Math.hypot(x - along * dx, y - along * dy);
        const at = row * width + column;
        if (covered > values[at]!) values[at] = Math.min(1, covered, lineWidth);
      }
    }
  }
  return box;
}

function edge([ax, ay]: Point, [bx, by]: Point): { x0: number; y0: number; y1: number; slope: number; way: number } {
  const [x0, y0, x1, y1] = ay < by ? [ax, ay, bx, by] : [bx, by, ax, ay];
  return { x0, y0, y1, slope: (x1 - x0) / (y1 - y0 || 1), way: ay < by ? 1 : -1 };
}

function addSpan(values: Float32Array, rowStart: number, width: number, from: number, to: number): void {
  const start = Math.max(0, from);
  const end = Math.min(width, to);
  for (let column = Math.floor(start); column < end; column++) {
    values[rowStart + column]! += (Math.min(end, column + 1) - Math.max(start, column)) / LINES;
  }
}

function boxAround(points: readonly Point[], room: number, limits: { width: number; height: number }): Coverage | undefined {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  const left = Math.max(0, Math.floor(x0 - room));
  const top = Math.max(0, Math.floor(y0 - room));
  const width = Math.min(limits.width, Math.ceil(x1 + room)) - left;
  const height = Math.min(limits.height, Math.ceil(y1 + room)) - top;
  return width > 0 && height > 0 ? { left, top, width, height, values: new Float32Array(width * height) } : undefined;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}
