import { shortNumber } from '../../shared/figures/ticks.js';
import { faintInk, ink, rule } from '../drawing/colours.js';
import type { Page } from '../drawing/page.js';
import type { Frame } from '../../pipeline/core/index.js';
import { drawHeading, figureWidth, margin } from './figure.js';
import type { Section } from './figure.js';

/** One step of the grid. */
export interface StepRow {
  readonly step: number;
  readonly timestep: number;
  readonly sigma?: number | undefined;
  /** One picture for each shown frame. */
  readonly pictures: readonly Frame[];
}

/** What the grid of steps is drawn from; every row has the same frames of the clip. */
export interface StepsMaterial {
  /** Denoising steps of the whole run. */
  readonly stepCount: number;
  /** The predicted clean clip, or the noisy one where the prediction was not captured. */
  readonly shows: 'x0' | 'xt';
  /** Numbers of the shown frames, from 0. */
  readonly frames: readonly number[];
  readonly rows: readonly StepRow[];
  readonly source?: readonly Frame[] | undefined;
  readonly result?: readonly Frame[] | undefined;
  /** Width of the clip over its height. */
  readonly aspect: number;
}

const LABELS = 98;
const GAP = 4;
const HEAD = 42;
const LARGEST_TILE = 92;

/** Steps down, frames across: the clip as the model believed it to be after each step, between source and result. */
export function stepsSection({ stepCount, shows, frames, rows, source, result, aspect }: StepsMaterial): Section {
  const room = figureWidth - 2 * margin - LABELS;
  const tileWidth = Math.min(LARGEST_TILE, (room + GAP) / frames.length - GAP, LARGEST_TILE * aspect);
  const tileHeight = tileWidth / aspect;
  const rowHeight = Math.max(44, tileHeight) + GAP;
  const lines = [
    ...(source ? [{ name: 'Source', facts: ['what went in'], pictures: source }] : []),
    ...rows.map(({ step, timestep, sigma, pictures }) => ({
      name: `step ${step} / ${stepCount}`,
      facts: [`t ${shortNumber(timestep)}`, ...(sigma === undefined ? [] : [`σ ${shortNumber(sigma)}`])],
      pictures,
    })),
    ...(result ? [{ name: 'Result', facts: ['by the VAE'], pictures: result }] : []),
  ];
  return {
    width: 2 * margin + LABELS + frames.length * (tileWidth + GAP) - GAP,
    height: HEAD + lines.length * rowHeight + (source ? 8 : 0) + (result ? 8 : 0) - GAP,
    draw(page, top) {
      const what = shows === 'x0' ? 'the clean clip as the model predicts it at each step' : 'the noisy clip after each step';
      drawHeading(page, 'Steps', `${what}; a row is a step (t: timestep, σ: noise level), a column a frame`, top);
      frames.forEach((frame, i) =>
        page.text(
          i === 0 ? `frame ${frame + 1}` : String(frame + 1),
          margin + LABELS + i * (tileWidth + GAP) + tileWidth / 2,
          top + HEAD - 6,
          { size: 10.5, colour: faintInk, align: 'centre' },
        ),
      );
      let y = top + HEAD;
      lines.forEach((line, i) => {
        if ((source && i === 1) || (result && i === lines.length - 1)) y += 8;
        drawRow(page, line, y, { tileWidth, tileHeight });
        y += rowHeight;
      });
    },
  };
}

function drawRow(
  page: Page,
  { name, facts, pictures }: { name: string; facts: readonly string[]; pictures: readonly Frame[] },
  y: number,
  { tileWidth, tileHeight }: { tileWidth: number; tileHeight: number },
): void {
  const middle = y + Math.max(44, tileHeight) / 2;
  page.text(name, margin, middle - 7 * (facts.length - 1) - 2, { size: 12.5, bold: true, colour: ink });
  facts.forEach((fact, i) => page.text(fact, margin, middle - 7 * (facts.length - 1) + 13 + i * 14, { size: 10.5, colour: faintInk }));
  pictures.forEach((picture, i) => {
    const box = { x: margin + LABELS + i * (tileWidth + GAP), y, width: tileWidth, height: tileHeight };
    page.picture(picture, box);
    page.outline(box, 0.5, { colour: rule });
  });
}
