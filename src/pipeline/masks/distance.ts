/**
 * Distance of every pixel to the nearest marked one, from middle to middle; infinite where none is marked.
 *
 * Felzenszwalb & Huttenlocher 2012, "Distance Transforms of Sampled Functions": exact, along columns and then along rows.
 * @param marked one value a pixel, above 0 where it is marked.
 */
export function distances(marked: ArrayLike<number>, width: number, height: number): Float64Array {
  const squares = Float64Array.from(marked, (value) => (value > 0 ? 0 : Infinity));
  const line = new Float64Array(Math.max(width, height));
  for (let x = 0; x < width; x++) lowerEnvelope(squares, x, width, height, line);
  for (let y = 0; y < height; y++) lowerEnvelope(squares, y * width, 1, width, line);
  return squares.map(Math.sqrt);
}

/** `min over q of f(q) + (p − q)²` for each place p of a row or column, in place. */
function lowerEnvelope(values: Float64Array, start: number, step: number, length: number, line: Float64Array): void {
  const places = new Int32Array(length);
  const from = new Float64Array(length + 1);
  let count = 0;
  for (let q = 0; q < length; q++) {
    line[q] = values[start + q * step]!;
    if (line[q] === Infinity) continue;
    let meets = -Infinity;
    while (count > 0) {
      const p = places[count - 1]!;
      meets = (line[q]! + q * q - (line[p]! + p * p)) / (2 * (q - p));
      if (meets > from[count - 1]!) break;
      count--;
    }
    places[count] = q;
    from[count] = count === 0 ? -Infinity : meets;
    count++;
  }
  if (count === 0) return;
  for (let p = 0, k = 0; p < length; p++) {
    while (k + 1 < count && from[k + 1]! < p) k++;
    const q = places[k]!;
    values[start + p * step] = line[q]! + (p - q) ** 2;
  }
}

/** From which value on a pixel of a soft mask is inside. */
const INSIDE = 0.5;

/** A mask larger by a distance, or smaller where that is below 0; all values 0 or 1. */
export function grown(mask: Float32Array, width: number, height: number, by: number): Float32Array {
  const inside = mask.map((value) => (value >= INSIDE ? 1 : 0));
  if (by === 0) return inside;
  if (by > 0) return Float32Array.from(distances(inside, width, height), (distance) => (distance <= by ? 1 : 0));
  const outside = inside.map((value) => 1 - value);
  return Float32Array.from(distances(outside, width, height), (distance) => (distance <= -by ? 0 : 1));
}

/** A mask that rises from 0 at its outline, half a pixel before the first pixel inside, to 1 at `by` pixels from there. The picture's border is no outline. */
export function feathered(mask: Float32Array, width: number, height: number, by: number): Float32Array {
  const outside = mask.map((value) => (value >= INSIDE ? 0 : 1));
  if (by === 0) return outside.map((value) => 1 - value);
  return Float32Array.from(distances(outside, width, height), (distance) => Math.min(1, Math.max(0, (distance - 0.5) / by)));
}
