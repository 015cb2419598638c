/**
 * Means over the square around every place, cut off at the borders, of several numbers a place: row after row, so that
 * nothing of the picture's size is kept, in a time that does not depend on the radius.
 *
 * @param radius half the side of the squares, in places.
 * @param fill writes a row, `width` values of each channel after one another; asked for each row twice.
 * @param take is given the means of each row, in order, as `fill` writes them; valid until it returns.
 */
export function boxMeanRows(
  { width, height, channels, radius }: { width: number; height: number; channels: number; radius: number },
  fill: (y: number, row: Float64Array) => void,
  take: (y: number, means: Float64Array) => void,
): void {
  const length = width * channels;
  const [row, columns, means] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  const perColumn = Float64Array.from({ length: width }, (_, x) => 1 / (Math.min(x + radius, width - 1) - Math.max(x - radius, 0) + 1));
  const enter = (y: number) => {
    fill(y, row);
    add(columns, row);
  };
  for (let y = 0; y < Math.min(radius, height); y++) enter(y);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) enter(y + radius);
    if (y > radius) {
      fill(y - radius - 1, row);
      subtract(columns, row);
    }
    const rows = Math.min(y + radius, height - 1) - Math.max(y - radius, 0) + 1;
    for (let start = 0; start < length; start += width) meansOfRow(columns, start, means, radius, perColumn, 1 / rows);
    take(y, means);
  }
}

function add(sums: Float64Array, row: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + row[i]!;
}

function subtract(sums: Float64Array, row: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! - row[i]!;
}

/** Means along one row of one channel, which begins at `start`. */
function meansOfRow(sums: Float64Array, start: number, means: Float64Array, radius: number, perColumn: Float64Array, perRow: number): void {
  const width = perColumn.length;
  let sum = 0;
  for (let x = 0; x < Math.min(radius, width); x++) sum += sums[start + x]!;
  for (let x = 0; x < width; x++) {
    if (x + radius < width) sum += sums[start + x + radius]!;
    if (x > radius) sum -= sums[start + x - radius - 1]!;
    means[start + x] = sum * perColumn[x]! * perRow;
  }
}

/** The mean over a square around every place, as {@link boxMeanRows}, of one number a place. */
export function boxMean(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const out = new Float32Array(values.length);
  boxMeanRows(
    { width, height, channels: 1, radius },
    (y, row) => row.set(values.subarray(y * width, (y + 1) * width)),
    (y, means) => out.set(means, y * width),
  );
  return out;
}
