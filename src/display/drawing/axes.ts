import { faintInk, ink, rule } from './colours.js';
import type { Box, Page, Paint } from './page.js';

/** One axis of a plot. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  /** What it counts, with its unit. */
  readonly label?: string;
  /** Where it is marked; default a handful of round values. */
  readonly ticks?: readonly number[];
  /** How a mark is written. Default {@link shortNumber}. */
  readonly format?: (value: number) => string;
}

/** Where values of a plot lie on the page. */
export interface Plot {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** A line through values; what is not finite breaks it. */
  line(points: readonly (readonly [number, number])[], lineWidth: number, paint: Paint): void;
  dot(x: number, y: number, radius: number, paint: Paint): void;
}

const LABEL = 10;

/** Draws the axes of a plot around its box (labels and marks stand outside it), with a faint grid. */
export function drawAxes(page: Page, box: Box, axes: { x: Axis; y: Axis }): Plot {
  const span = ({ min, max }: Axis): number => max - min || 1;
  const x = (value: number): number => box.x + ((value - axes.x.min) / span(axes.x)) * box.width;
  const y = (value: number): number => box.y + box.height - ((value - axes.y.min) / span(axes.y)) * box.height;
  const grid = { colour: rule, alpha: 0.7 };
  for (const tick of axes.y.ticks ?? roundTicks(axes.y.min, axes.y.max, Math.max(2, Math.round(box.height / 34)))) {
    page.stroke([[box.x, y(tick)], [box.x + box.width, y(tick)]], 0.75, grid);
    page.text((axes.y.format ?? shortNumber)(tick), box.x - 6, y(tick) + LABEL * 0.36, { size: LABEL, colour: faintInk, align: 'right' });
  }
  for (const tick of axes.x.ticks ?? roundTicks(axes.x.min, axes.x.max, Math.max(2, Math.round(box.width / 60)))) {
    page.stroke([[x(tick), box.y + box.height], [x(tick), box.y + box.height + 4]], 0.75, { colour: faintInk });
    page.text((axes.x.format ?? shortNumber)(tick), x(tick), box.y + box.height + 15, { size: LABEL, colour: faintInk, align: 'centre' });
  }
  page.stroke([[box.x, box.y], [box.x, box.y + box.height], [box.x + box.width, box.y + box.height]], 1, { colour: faintInk });
  if (axes.x.label) page.text(axes.x.label, box.x + box.width / 2, box.y + box.height + 31, { size: LABEL + 1, colour: ink, align: 'centre', maxWidth: box.width });
  if (axes.y.label) page.text(axes.y.label, box.x, box.y - 9, { size: LABEL + 1, colour: ink });
  return {
    x,
    y,
    line(points, lineWidth, paint) {
      let piece: [number, number][] = [];
      for (const [px, py] of [...points, [NaN, NaN] as const]) {
        if (Number.isFinite(px) && Number.isFinite(py)) piece.push([x(px), y(py)]);
        else if (piece.length > 0) [piece] = [[], page.stroke(piece, lineWidth, paint)];
      }
    },
    dot: (px, py, radius, paint) => page.stroke([[x(px), y(py)]], radius * 2, paint),
  };
}

/** About `count` round values (1, 2 or 5 times a power of ten apart) from `min` to `max`. */
export function roundTicks(min: number, max: number, count: number): number[] {
  if (!(max > min) || !Number.isFinite(max - min)) return [min];
  const rough = (max - min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.75)!;
  const first = Math.ceil(min / step - 1e-9);
  return Array.from({ length: Math.floor(max / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A number in at most three digits that matter, with a true minus: `0.251`, `−1.4`, `12`, `1.2e−6`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−').replace('e+', 'e');
}

/** A share of one as a percentage in two digits: `3.1 %`, `42 %`. */
export function percent(share: number): string {
  return `${shortNumber(Number((share * 100).toPrecision(2)))} %`;
}
