import type { Frame } from '../../core/index.js';

/** Slopes below this are no edges, and from the other on they always are; what ControlNets for edges were trained on. */
const THRESHOLDS = { low: 100, high: 200 };

/** tan 22.5° in OpenCV's fixed point. */
const SHIFT = 15;
const TANGENT = Math.floor(Math.SQRT2 * (1 << SHIFT) - (1 << SHIFT) + 0.5);

/** What a pixel is taken for. */
const enum Mark {
  None,
  Weak,
  Edge,
}

/**
 * The edges of a picture, white lines on black, as ControlNets for edges take them.
 *
 * Canny 1986, "A Computational Approach to Edge Detection", as OpenCV's `Canny` does it: Sobel's slopes of the colour that changes most, |dx| + |dy| as their
 * steepness, thinned across the edge, and joined from steep to less steep places.
 */
export function cannyEdges(frame: Frame, { low, high } = THRESHOLDS): Frame {
  const { width, height } = frame;
  const { dx, dy, steepness } = slopes(frame);
  const marks = new Uint8Array(width * height);
  const edges: number[] = [];
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : steepness[y * width + x]!);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const here = steepness[i]!;
      if (here <= low || !isRidge(x, y, here, dx[i]!, dy[i]!, at)) continue;
      marks[i] = here > high ? Mark.Edge : Mark.Weak;
      if (marks[i] === Mark.Edge) edges.push(i);
    }
  }
  join(edges, marks, width, height);
  const data = new Uint8Array(3 * width * height);
  for (const [i, mark] of marks.entries()) if (mark === Mark.Edge) data.fill(255, 3 * i, 3 * i + 3);
  return { data, width, height };
}

/** Sobel's derivatives of the colour that is steepest at each pixel; borders go on as they are. */
function slopes({ data, width, height }: Frame): { dx: Int16Array; dy: Int16Array; steepness: Int32Array } {
  const [dx, dy, steepness] = [new Int16Array(width * height), new Int16Array(width * height), new Int32Array(width * height).fill(-1)];
  for (let y = 0, i = 0; y < height; y++) {
    const [above, here, below] = [Math.max(0, y - 1), y, Math.min(height - 1, y + 1)].map((row) => 3 * row * width) as [
      number,
      number,
      number,
    ];
    for (let x = 0; x < width; x++, i++) {
      const [left, middle, right] = [3 * Math.max(0, x - 1), 3 * x, 3 * Math.min(width - 1, x + 1)];
      for (let channel = 0; channel < 3; channel++) {
        const pixel = (row: number, column: number) => data[row + column + channel]!;
        const [a, b, c] = [pixel(above, left), pixel(above, middle), pixel(above, right)];
        const [g, h, k] = [pixel(below, left), pixel(below, middle), pixel(below, right)];
        const across = c + 2 * pixel(here, right) + k - (a + 2 * pixel(here, left) + g);
        const down = g + 2 * h + k - (a + 2 * b + c);
        const steep = Math.abs(across) + Math.abs(down);
        if (steep <= steepness[i]!) continue;
        [dx[i], dy[i], steepness[i]] = [across, down, steep];
      }
    }
  }
  return { dx, dy, steepness };
}

/** Whether a pixel is steeper than its neighbours on both sides of the edge, in the nearest of four directions. */
function isRidge(x: number, y: number, here: number, dx: number, dy: number, at: (x: number, y: number) => number): boolean {
  const across = Math.abs(dx) * TANGENT;
  const down = Math.abs(dy) * 2 ** SHIFT;
  if (down < across) return here > at(x - 1, y) && here >= at(x + 1, y);
  if (down > across + Math.abs(dx) * 2 ** (SHIFT + 1)) return here > at(x, y - 1) && here >= at(x, y + 1);
  const side = dx < 0 !== dy < 0 ? -1 : 1;
  return here > at(x - side, y - 1) && here > at(x + side, y + 1);
}

/** Makes edges of all weak places that touch one, however far away the first is. */
function join(edges: number[], marks: Uint8Array, width: number, height: number): void {
  for (let i = edges.pop(); i !== undefined; i = edges.pop()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const next = row * width + column;
        if (marks[next] !== Mark.Weak) continue;
        marks[next] = Mark.Edge;
        edges.push(next);
      }
  }
}
