/**
 * The outline of all places whose value reaches a threshold, along the edges of the places: what the mask of an edit
 * covers, no rounder than it is.
 *
 * @param values row by row, `width` to a row.
 * @returns an SVG path in places, empty when nothing or nothing else is inside; and the share of places inside, 0 … 1.
 */
export function outline(values: ArrayLike<number>, width: number, threshold: number): { course: string; share: number } {
  const height = Math.floor(values.length / width);
  const inside = (x: number, y: number): boolean => x >= 0 && x < width && y >= 0 && y < height && (values[y * width + x] ?? 0) >= threshold;
  let course = '';
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      count++;
      if (!inside(x, y - 1)) course += `M${x} ${y}h1`;
      if (!inside(x, y + 1)) course += `M${x} ${y + 1}h1`;
      if (!inside(x - 1, y)) course += `M${x} ${y}v1`;
      if (!inside(x + 1, y)) course += `M${x + 1} ${y}v1`;
    }
  }
  return { course, share: values.length > 0 ? count / values.length : 0 };
}
