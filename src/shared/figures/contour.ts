/** Values on a plane, row-major. */
export interface ValueMap {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** A point in places of a map, whose corners are (0, 0) and (width, height). */
export type MapPoint = readonly [x: number, y: number];

/**
 * Where a map crosses a level, as straight pieces in places of the map: marching squares (Lorensen & Cline's marching cubes,
 * 1987, in two dimensions) over the middles of neighbouring places. At its rim the map is as at its outermost middles, so
 * outlines of what reaches beyond it end at its edges.
 */
export function contourOf({ data, width, height }: ValueMap, level: number): (readonly [MapPoint, MapPoint])[] {
  const pieces: (readonly [MapPoint, MapPoint])[] = [];
  const value = (x: number, y: number): number => data[clamp(y, height) * width + clamp(x, width)] ?? 0;
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const corners = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ] as const;
      const values = [value(x, y), value(x + 1, y), value(x + 1, y + 1), value(x, y + 1)] as const;
      const crossings: MapPoint[] = [];
      for (const side of [0, 1, 2, 3] as const) {
        const next = ((side + 1) % 4) as 0 | 1 | 2 | 3;
        const [a, b] = [values[side], values[next]];
        if (a >= level === b >= level) continue;
        const [[ax, ay], [bx, by]] = [corners[side], corners[next]];
        const part = (level - a) / (b - a);
        crossings.push([place(ax + (bx - ax) * part, width), place(ay + (by - ay) * part, height)]);
      }
      // A saddle has four crossings; its middle says which belong together.
      if (crossings.length === 4 && (values[0] + values[1] + values[2] + values[3]) / 4 >= level === values[0] >= level)
        crossings.push(crossings.shift()!);
      for (let i = 0; i + 1 < crossings.length; i += 2) pieces.push([crossings[i]!, crossings[i + 1]!]);
    }
  }
  return pieces;
}

function place(position: number, count: number): number {
  return Math.min(count, Math.max(0, position + 0.5));
}

function clamp(index: number, count: number): number {
  return Math.min(count - 1, Math.max(0, index));
}
