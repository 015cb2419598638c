import type { Point } from './page.js';
import type { ValueMap } from './heatMap.js';

/**
 * Where a map crosses a level, as straight pieces in 0 … 1 from left and top: marching squares (Lorensen & Cline's
 * marching cubes in two dimensions) over the middles of neighbouring values. Outlines of what reaches beyond the map
 * end at its edges.
 */
export function contourOf({ data, width, height }: ValueMap, level: number): (readonly [Point, Point])[] {
  const pieces: (readonly [Point, Point])[] = [];
  const value = (x: number, y: number): number => data[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]] as const;
      const values = corners.map(([cx, cy]) => value(cx, cy));
      const crossings: Point[] = [];
      for (let side = 0; side < 4; side++) {
        const [a, b] = [values[side]!, values[(side + 1) % 4]!];
        if (a >= level === b >= level) continue;
        const [[ax, ay], [bx, by]] = [corners[side]!, corners[(side + 1) % 4]!];
        const part = (level - a) / (b - a);
        crossings.push([place(ax + (bx - ax) * part, width), place(ay + (by - ay) * part, height)]);
      }
      // A saddle has four crossings; its middle says which belong together.
      if (crossings.length === 4 && (values[0]! + values[1]! + values[2]! + values[3]!) / 4 >= level === values[0]! >= level) crossings.push(crossings.shift()!);
      for (let i = 0; i + 1 < crossings.length; i += 2) pieces.push([crossings[i]!, crossings[i + 1]!]);
    }
  }
  return pieces;
}

function place(position: number, count: number): number {
  return Math.min(1, Math.max(0, (position + 0.5) / count));
}
