/**
 * Round numbers that cover a range: steps of 1, 2 or 5 times a power of ten, all inside it.
 *
 * @param most how many there may be, about.
 */
export function roundTicks(min: number, max: number, most = 5): number[] {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return Number.isFinite(min) ? [min] : [];
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  // Counted in whole steps: adding up fractions would drift. And −0 + 0 is 0.
  // Where numbers are as far apart as the steps, counting on would not move, so the ticks are counted too.
  for (let count = Math.ceil(min / step - 1e-9); count * step <= max + step * 1e-9 && ticks.length < 4 * most; count++) ticks.push(count * step + 0);
  return ticks;
}

/** Powers of ten inside a range of positive numbers, with their halves and fifths where those are few. */
export function logTicks(min: number, max: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) ticks.push(10 ** power);
  const inside = ticks.filter((tick) => tick >= min * 0.999 && tick <= max * 1.001);
  return inside.length >= 2 ? inside : roundTicks(min, max, 4).filter((tick) => tick > 0);
}

/** A number for an axis or a legend: three digits, and no more. */
export function tickText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return minus(value.toExponential(1).replace('e+', 'e').replace('.0e', 'e'));
  return minus(String(Number(value.toPrecision(3))));
}

function minus(text: string): string {
  return text.replaceAll('-', '−');
}
