import { roundTicks, shortNumber } from '../../shared/figures/ticks.js';
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
    page.stroke(
      [
        [box.x, y(tick)],
        [box.x + box.width, y(tick)],
      ],
      0.75,
      grid,
    );
    page.text((axes.y.format ?? shortNumber)(tick), box.x - 6, y(tick) + LABEL * 0.36, { size: LABEL, colour: faintInk, align: 'right' });
  }
  for (const tick of axes.x.ticks ?? roundTicks(axes.x.min, axes.x.max, Math.max(2, Math.round(box.width / 60)))) {
    page.stroke(
      [
        [x(tick), box.y + box.height],
        [x(tick), box.y + box.height + 4],
      ],
      0.75,
      { colour: faintInk },
    );
    page.text((axes.x.format ?? shortNumber)(tick), x(tick), box.y + box.height + 15, { size: LABEL, colour: faintInk, align: 'centre' });
  }
  page.stroke(
    [
      [box.x, box.y],
      [box.x, box.y + box.height],
      [box.x + box.width, box.y + box.height],
    ],
    1,
    { colour: faintInk },
  );
  if (axes.x.label)
    page.text(axes.x.label, box.x + box.width / 2, box.y + box.height + 31, {
      size: LABEL + 1,
      colour: ink,
      align: 'centre',
      maxWidth: box.width,
    });
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
