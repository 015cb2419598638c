/** Share of the largest area from which on another one may belong to the same thing: a flame behind its rocket. */
const BELONGS = 0.3;

/**
 * Blanks what is marked apart from the largest marked area of a square map: a sun in the sky is no second subject.
 *
 * @param map one value in 0…1 a pixel, row by row; 0.5 and more is marked. Changed in place.
 * @param side pixels a row.
 */
export function keepLargest(map: Float32Array, side: number): void {
  const area = new Int32Array(map.length);
  const sizes = [0];
  for (let start = 0; start < map.length; start++) {
    if (area[start] !== 0 || map[start]! < 0.5) continue;
    sizes.push(fill(map, area, side, start, sizes.length));
  }
  const least = BELONGS * Math.max(...sizes);
  for (let pixel = 0; pixel < map.length; pixel++) if (sizes[area[pixel]!]! < least) map[pixel] = 0;
}

/** Gives the marked pixels around `start` the number of their area; returns how many they are. */
function fill(map: Float32Array, area: Int32Array, side: number, start: number, number: number): number {
  const waiting = [start];
  area[start] = number;
  let size = 0;
  for (let pixel = waiting.pop(); pixel !== undefined; pixel = waiting.pop()) {
    size++;
    const x = pixel % side;
    for (const next of [x > 0 ? pixel - 1 : -1, x < side - 1 ? pixel + 1 : -1, pixel - side, pixel + side]) {
      if (next < 0 || next >= map.length || area[next] !== 0 || map[next]! < 0.5) continue;
      area[next] = number;
      waiting.push(next);
    }
  }
  return size;
}
