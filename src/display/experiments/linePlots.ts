import type { Colour } from '../../pipeline/drawing/index.js';
import { drawAxes } from '../drawing/axes.js';
import { faintInk, ink, lineColours } from '../drawing/colours.js';
import type { Box, Page, Point } from '../drawing/page.js';
import { figureWidth, margin, type Section } from '../run/figure.js';

/** One line of every plot of a figure. */
export interface PlottedLine {
  readonly label: string;
  /** What else is said of it, fainter. */
  readonly remark: string;
}

/** A plot of a figure: the same lines, another value. */
export interface LinesPlot {
  readonly title: string;
  readonly explanation: string;
  readonly x: { readonly label: string; readonly format?: (value: number) => string; readonly min?: number; readonly max?: number };
  /** A logarithmic y axis, for values above zero. */
  readonly log?: boolean;
  /** Points of a line. What is not finite breaks it. */
  points(line: number): readonly (readonly [x: number, y: number])[];
  /** Places to be marked on a line. */
  marks?(line: number): readonly (readonly [x: number, y: number])[];
}

const HEAD = 36;
const PLOT = { width: 362, height: 196 };
const LEFT = 44;
const BELOW = 42;
const GAP = 24;
const LEGEND_LINE = 21;
/** Dots show where the steps are while there are few enough to be told apart. */
const MOST_DOTS = 40;
/** Where there are more lines than colours, they come again in other dashes: whole, long and short ones, in layout units. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3.5]];

/** What the lines are called, and how they are drawn. */
export function legendSection(lines: readonly PlottedLine[]): Section {
  const columns = Math.min(3, Math.max(1, lines.length));
  return {
    height: Math.ceil(lines.length / columns) * LEGEND_LINE,
    draw(page, top) {
      const width = (figureWidth - 2 * margin) / columns;
      lines.forEach(({ label, remark }, i) => {
        const [x, y] = [margin + (i % columns) * width, top + Math.floor(i / columns) * LEGEND_LINE + 12];
        const ends: Point[] = [
          [x, y - 4],
          [x + 24, y - 4],
        ];
        strokeDashed(page, ends, 2.5, i);
        const taken = page.text(label, x + 32, y, { size: 12, bold: true, colour: ink, maxWidth: width - 44 });
        const room = width - 56 - taken;
        if (remark && room > 40) page.text(remark, x + 40 + taken, y, { size: 11, colour: faintInk, maxWidth: room });
      });
    },
  };
}

/** Plots in two columns. */
export function plotsSection(plots: readonly LinesPlot[], lines: number): Section {
  const row = HEAD + PLOT.height + BELOW;
  const rows = Math.ceil(plots.length / 2);
  return {
    height: rows * row + (rows - 1) * GAP,
    draw(page, top) {
      plots.forEach((plot, i) => {
        const left = margin + LEFT + (i % 2) * (figureWidth - 2 * margin - PLOT.width - LEFT);
        drawPlot(page, { x: left, y: top + HEAD + Math.floor(i / 2) * (row + GAP), ...PLOT }, plot, lines);
      });
    },
  };
}

function drawPlot(page: Page, box: Box, { title, explanation, x, log, points, marks }: LinesPlot, lines: number): void {
  const scaled = (y: number): number => (log ? Math.log10(y) : y);
  const all = Array.from({ length: lines }, (_, line) => points(line).map(([px, py]) => [px, scaled(py)] as const));
  const finite = all.flat().filter(([px, py]) => Number.isFinite(px) && Number.isFinite(py));
  const [minX, maxX] = rangeOf(finite.map(([px]) => px));
  const [minY, maxY] = rangeOf(finite.map(([, py]) => py));
  const low = log || minY < 0 ? minY - (maxY - minY) * 0.05 : 0;
  page.text(title, box.x, box.y - 16, { size: 13, bold: true, colour: ink });
  page.text(explanation, box.x + box.width, box.y - 16, { size: 11, colour: faintInk, align: 'right' });
  const plot = drawAxes(page, box, {
    x: { min: minX, max: maxX, ...x },
    y: { min: low, max: maxY + (maxY - low) * 0.05 || 1, ...(log ? { ticks: powers(low, maxY), format: powerText } : {}) },
  });
  all.forEach((line, i) => {
    for (const piece of pieces(line)) {
      const course = piece.map(([px, py]): Point => [plot.x(px), plot.y(py)]);
      strokeDashed(page, course, 1.8, i);
      if (piece.length <= MOST_DOTS) for (const at of course) page.stroke([at], 4.4, { colour: colourOf(i) });
    }
    for (const [px, py] of marks?.(i) ?? []) {
      const at: Point = [plot.x(px), plot.y(scaled(py))];
      page.stroke([at], 11, { colour: colourOf(i) });
      page.stroke([at], 6, { colour: [255, 255, 255] });
    }
  });
}

/** The parts of a line between what is not finite. */
function pieces(line: readonly (readonly [number, number])[]): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [[]];
  for (const point of line) {
    if (point.every(Number.isFinite)) found.at(-1)!.push(point);
    else if (found.at(-1)!.length > 0) found.push([]);
  }
  return found.filter(({ length }) => length > 0);
}

function rangeOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return min < max ? [min, max] : [min - 0.5, max + 0.5];
}

/** Whole powers of ten; where there are fewer than two, halves too. */
function powers(min: number, max: number): number[] {
  for (const step of [1, 0.5, 0.25]) {
    const ticks: number[] = [];
    for (let at = Math.ceil(min / step) * step; at <= max; at += step) ticks.push(at);
    if (ticks.length >= 2) return ticks;
  }
  return [min, max];
}

function powerText(exponent: number): string {
  return String(Number((10 ** exponent).toPrecision(2)));
}

function colourOf(index: number): Colour {
  return lineColours[index % lineColours.length]!;
}

/** A line in the colour and the dashes of its place among the lines. */
function strokeDashed(page: Page, course: readonly Point[], width: number, index: number): void {
  const dash = DASHES[Math.floor(index / lineColours.length) % DASHES.length]!;
  page.stroke(course, width, { colour: colourOf(index) }, dash);
}
