/** Where a map reaches a threshold. */
export interface Outline {
  /** An SVG path in places of the map, whose corners are (0, 0) and (width, height); empty where nothing crosses. */
  readonly course: string;
  /** Share of places inside, 0 … 1. */
  readonly share: number;
}

/**
 * The line along which a map, enlarged smoothly, crosses a threshold: marching squares (Lorensen & Cline 1987, in two
 * dimensions) over the centres of the places. That is the border of the mask that the library makes from the map.
 *
 * @param values row by row, `width` to a row.
 */
export function outline(values: ArrayLike<number>, width: number, threshold: number): Outline {
  const height = Math.floor(values.length / width);
  // Values stand at the centres of their places, and at the rim of the map as they are at its outermost centres.
  const [across, down] = [stations(width), stations(height)];
  const at = (column: number, row: number): number => values[clamp(row - 1, height) * width + clamp(column - 1, width)] ?? 0;
  let course = '';
  for (let row = 0; row + 1 < down.length; row++) {
    for (let column = 0; column + 1 < across.length; column++) {
      const corners = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)] as const;
      course += segments(corners, threshold, [across[column] ?? 0, across[column + 1] ?? 0], [down[row] ?? 0, down[row + 1] ?? 0]);
    }
  }
  let inside = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) >= threshold) inside++;
  return { course, share: values.length > 0 ? inside / values.length : 0 };
}

type Corners = readonly [topLeft: number, topRight: number, bottomRight: number, bottomLeft: number];

/** The one or two lines through a square. */
function segments([a, b, c, d]: Corners, threshold: number, [left, right]: readonly [number, number], [top, bottom]: readonly [number, number]): string {
  const code = (a >= threshold ? 8 : 0) | (b >= threshold ? 4 : 0) | (c >= threshold ? 2 : 0) | (d >= threshold ? 1 : 0);
  if (code === 0 || code === 15) return '';
  const share = (from: number, to: number): number => (threshold - from) / (to - from);
  const point = (x: number, y: number): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const edges = {
    top: () => point(left + share(a, b) * (right - left), top),
    right: () => point(right, top + share(b, c) * (bottom - top)),
    bottom: () => point(left + share(d, c) * (right - left), bottom),
    left: () => point(left, top + share(a, d) * (bottom - top)),
  };
  const line = (from: keyof typeof edges, to: keyof typeof edges): string => `M${edges[from]()}L${edges[to]()}`;
  // Two opposite corners inside: the middle says whether they belong together.
  const joined = (a + b + c + d) / 4 >= threshold;
  switch (code) {
    case 1: case 14: return line('left', 'bottom');
    case 2: case 13: return line('bottom', 'right');
    case 3: case 12: return line('left', 'right');
    case 4: case 11: return line('top', 'right');
    case 6: case 9: return line('top', 'bottom');
    case 7: case 8: return line('left', 'top');
    case 5: return joined ? line('left', 'top') + line('bottom', 'right') : line('left', 'bottom') + line('top', 'right');
    default: return joined ? line('left', 'bottom') + line('top', 'right') : line('left', 'top') + line('bottom', 'right');
  }
}

/** 0, the centres of `count` places, and `count`. */
function stations(count: number): number[] {
  return [0, ...Array.from({ length: count }, (_, i) => i + 0.5), count];
}

function clamp(value: number, count: number): number {
  return Math.min(count - 1, Math.max(0, value));
}
