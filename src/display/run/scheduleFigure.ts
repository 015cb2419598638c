import { drawAxes } from '../drawing/axes.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import type { Axis } from '../drawing/axes.js';
import { emptyGround, faintInk, ink, lineColours } from '../drawing/colours.js';
import type { Box, Page } from '../drawing/page.js';
import type { Colour } from '../../pipeline/drawing/index.js';
import { drawHeading, figureWidth, margin } from './figure.js';
import type { Section } from './figure.js';

/** What the path of noise is drawn from; `change` and `guidance` are of the steps that were run. */
export interface ScheduleMaterial {
  readonly scheduler: string;
  readonly timesteps: readonly number[];
  readonly sigmas: readonly number[];
  readonly logSnr: readonly number[];
  readonly beginIndex: number;
  readonly strength?: number | undefined;
  /** By step of the run; its first is at `beginIndex` of the schedule. */
  readonly change: readonly (number | undefined)[];
  readonly guidance: readonly (number | undefined)[];
}

const HEAD = 52;
const PLOT = { width: 366, height: 150 };
const BELOW = 62;

interface Curve {
  readonly label: string;
  readonly values: readonly (readonly [number, number])[];
  readonly colour: Colour;
  /** Whether the axis has to show zero. */
  readonly fromZero: boolean;
}

/** σ and log-SNR over the schedule, and below what the steps changed; what an edit left out is shaded. */
export function scheduleSection(material: ScheduleMaterial): Section {
  const { scheduler, sigmas, logSnr, beginIndex, strength, timesteps } = material;
  const along = (values: readonly (number | undefined)[], from = 0): (readonly [number, number])[] =>
    values.map((value, i) => [from + i + 1, value ?? NaN] as const);
  const curves: Curve[] = [
    { label: 'noise level σ', values: along(sigmas), colour: lineColours[0]!, fromZero: true },
    { label: 'log of the signal-to-noise ratio, −2 ln σ', values: along(logSnr), colour: lineColours[1]!, fromZero: false },
    {
      label: 'what a step changed in the latents (root mean square)',
      values: along(material.change, beginIndex),
      colour: lineColours[2]!,
      fromZero: true,
    },
    {
      label: 'push of the prompt: conditional − unconditional (root mean square)',
      values: along(material.guidance, beginIndex),
      colour: lineColours[3]!,
      fromZero: true,
    },
  ].filter(({ values }) => values.some(([, value]) => Number.isFinite(value)));
  const started =
    beginIndex === 0
      ? 'the run began at pure noise'
      : `the run began at step ${beginIndex + 1}, t ${shortNumber(timesteps[beginIndex])}${strength === undefined ? '' : ` (strength ${shortNumber(strength)})`}: the shaded steps were left out`;
  return {
    height: HEAD + Math.ceil(curves.length / 2) * (PLOT.height + BELOW + 24) - 24 - 28,
    draw(page, top) {
      drawHeading(
        page,
        'Schedule',
        `${scheduler}, ${timesteps.length} timesteps from ${shortNumber(timesteps[0])} to ${shortNumber(timesteps.at(-1))}; ${started}`,
        top,
      );
      curves.forEach((curve, i) => {
        const box = {
          x: margin + 40 + (i % 2) * (figureWidth - 2 * margin - PLOT.width - 40),
          y: top + HEAD + Math.floor(i / 2) * (PLOT.height + BELOW + 24),
          ...PLOT,
        };
        drawCurve(page, box, curve, material);
      });
    },
  };
}

function drawCurve(page: Page, box: Box, { label, values, colour, fromZero }: Curve, { timesteps, beginIndex }: ScheduleMaterial): void {
  const finite = values.map(([, value]) => value).filter(Number.isFinite);
  const [low, high] = [fromZero ? 0 : Math.min(...finite), Math.max(...finite)];
  const count = timesteps.length;
  const x: Axis = {
    min: 0.5,
    max: count + 0.5,
    ticks: Array.from({ length: Math.ceil(count / Math.ceil(count / 10)) }, (_, i) => 1 + i * Math.ceil(count / 10)),
  };
  // The shade lies under the grid: the first axes are only to find places.
  if (beginIndex > 0)
    page.rect({ x: box.x, y: box.y, width: (box.width * beginIndex) / count, height: box.height }, { colour: emptyGround });
  const plot = drawAxes(page, box, { x, y: { min: low, max: high + (high - low) * 0.14, label } });
  if (beginIndex > 0) {
    page.stroke(
      [
        [plot.x(beginIndex + 0.5), box.y],
        [plot.x(beginIndex + 0.5), box.y + box.height],
      ],
      1.25,
      { colour: faintInk },
    );
    page.text('start', plot.x(beginIndex + 0.5) + 5, box.y + 11, { size: 10.5, bold: true, colour: ink });
  }
  const left = values.filter(([step]) => step <= beginIndex + 1);
  const run = values.filter(([step]) => step > beginIndex);
  plot.line(left, 1.5, { colour, alpha: 0.35 });
  plot.line(run, 2, { colour });
  const radius = count > 60 ? 1.2 : 2.2;
  for (const [step, value] of values)
    if (Number.isFinite(value)) plot.dot(step, value, radius, { colour, alpha: step <= beginIndex ? 0.35 : 1 });
  // Two rows of numbers under the axis: the step, and the timestep that it starts from.
  page.text('step', box.x - 6, box.y + box.height + 15, { size: 10, colour: faintInk, align: 'right' });
  page.text('t', box.x - 6, box.y + box.height + 29, { size: 10, colour: faintInk, align: 'right' });
  for (const tick of x.ticks!)
    page.text(shortNumber(Math.round(timesteps[tick - 1]!)), plot.x(tick), box.y + box.height + 29, {
      size: 10,
      colour: faintInk,
      align: 'centre',
    });
}
