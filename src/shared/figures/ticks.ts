/**
 * About `count` round values (1, 2 or 5 times a power of ten apart) from `min` to `max`, all inside; the one value there is
 * where they are equal.
 */
export function roundTicks(min: number, max: number, count = 5): number[] {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return Number.isFinite(min) ? [min] : [];
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.75) ?? 10 * power;
  const ticks: number[] = [];
  // Counted in whole steps: adding up fractions would drift. Where numbers are as far apart as the steps, counting on would not
  // move, so the ticks are counted too. And −0 + 0 is 0.
  for (let at = Math.ceil(min / step - 1e-9); at * step <= max + step * 1e-9 && ticks.length < 4 * count; at++)
    ticks.push(Number((at * step).toPrecision(12)) + 0);
  return ticks;
}

/** Powers of ten inside a range of positive numbers, or round values where those are few. */
export function logTicks(min: number, max: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) ticks.push(10 ** power);
  const inside = ticks.filter((tick) => tick >= min * 0.999 && tick <= max * 1.001);
  return inside.length >= 2 ? inside : roundTicks(min, max, 4).filter((tick) => tick > 0);
}

/** A number in at most three digits that matter, with a true minus: `0.251`, `−1.4`, `12`, `1.2e−6`; `–` for none. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(1).replace('e+', 'e').replace('.0e', 'e')
      : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−');
}

/** A share of one as a percentage in two digits: `3.1 %`, `42 %`. */
export function percent(share: number): string {
  return `${shortNumber(Number((share * 100).toPrecision(2)))} %`;
}
