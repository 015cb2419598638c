import type { Colour } from '../../pipeline/drawing/index.js';
import type { SchedulePath } from '../../pipeline/experiments/index.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import { drawAxes } from '../drawing/axes.js';
import { faintInk, ink, lineColours } from '../drawing/colours.js';
import type { Box, Page } from '../drawing/page.js';
import { drawFigure, figureWidth, margin, type Section } from '../run/figure.js';

/** What one plot of the figure shows of each schedule. */
interface View {
  readonly title: string;
  readonly explanation: string;
  values(path: SchedulePath): readonly number[];
}

const views: readonly View[] = [
  { title: 'Timesteps', explanation: 'where the network is asked', values: ({ timesteps }) => timesteps },
  { title: 'Noise level σ', explanation: 'on one unit of the clean sample', values: ({ sigmas }) => sigmas },
  { title: 'log-SNR', explanation: '−2 ln σ', values: ({ logSnr }) => logSnr },
  { title: 'Step size', explanation: 'how far log-SNR goes to the next step', values: ({ stepSizes }) => stepSizes },
];

const HEAD = 34;
const PLOT = { width: 372, height: 170 };
const BELOW = 40;
const GAP = 26;
const LEGEND_LINE = 20;
/** Where there are more schedules than colours, they come again, darker and then lighter. */
const SHADES = [0, 0.45, -0.45];

/** Several schedules over one another: timesteps, σ, log-SNR and step sizes, each over the share of the steps that is done. */
export function drawSchedules(paths: readonly SchedulePath[], title: string, scale: number): Page {
  const counts = [...new Set(paths.map(({ timesteps }) => timesteps.length))];
  const facts = [`${counts.join(' and ')} calls of the network`, 'noise at the left, the clean sample at the right'];
  return drawFigure({ title, facts }, [legend(paths), plots(paths)], scale);
}

/** What the figure shows, for those who cannot see it: a line a schedule. */
export function schedulesInWords(paths: readonly SchedulePath[]): string {
  return paths
    .map(({ label, timesteps, sigmas }) => {
      const ends = (values: readonly number[]) => `${shortNumber(values[0])} to ${shortNumber(values.at(-1))}`;
      return `${label}: ${timesteps.length} timesteps from ${ends(timesteps)}, σ from ${ends(sigmas)}`;
    })
    .join('\n');
}

function legend(paths: readonly SchedulePath[]): Section {
  const columns = 3;
  return {
    height: Math.ceil(paths.length / columns) * LEGEND_LINE,
    draw(page, top) {
      const width = (figureWidth - 2 * margin) / columns;
      paths.forEach(({ label, scheduler }, i) => {
        const [x, y] = [margin + (i % columns) * width, top + Math.floor(i / columns) * LEGEND_LINE + 12];
        page.stroke(
          [
            [x, y - 4],
            [x + 18, y - 4],
          ],
          2.5,
          { colour: colourOf(i) },
        );
        const taken = page.text(label, x + 26, y, { size: 12, bold: true, colour: ink, maxWidth: width - 40 });
        if (label !== scheduler)
          page.text(scheduler.replace(/Scheduler$/, ''), x + 34 + taken, y, {
            size: 11,
            colour: faintInk,
            maxWidth: Math.max(0, width - 50 - taken),
          });
      });
    },
  };
}

function plots(paths: readonly SchedulePath[]): Section {
  const row = HEAD + PLOT.height + BELOW;
  return {
    height: 2 * row + GAP,
    draw(page, top) {
      views.forEach((view, i) => {
        const left = margin + 36 + (i % 2) * (figureWidth - 2 * margin - PLOT.width - 36);
        drawView(page, { x: left, y: top + HEAD + Math.floor(i / 2) * (row + GAP), ...PLOT }, view, paths);
      });
    },
  };
}

function drawView(page: Page, box: Box, view: View, paths: readonly SchedulePath[]): void {
  const lines = paths.map((path) => {
    const values = view.values(path);
    return values.map((value, step) => [values.length === 1 ? 0 : step / (path.timesteps.length - 1), value] as const);
  });
  const finite = lines.flatMap((line) => line.map(([, value]) => value)).filter(Number.isFinite);
  const [min, max] = finite.length > 0 ? [Math.min(0, ...finite), Math.max(...finite)] : [0, 1];
  page.text(view.title, box.x, box.y - 14, { size: 12.5, bold: true, colour: ink });
  page.text(view.explanation, box.x + box.width, box.y - 14, { size: 11, colour: faintInk, align: 'right' });
  const plot = drawAxes(page, box, {
    x: { min: 0, max: 1, label: 'share of the steps', format: (share) => `${Math.round(100 * share)} %` },
    y: { min, max: max + (max - min) * 0.05 },
  });
  lines.forEach((line, i) => {
    const colour = colourOf(i);
    plot.line(line, 1.75, { colour });
    for (const [x, y] of line) if (Number.isFinite(y)) plot.dot(x, y, line.length > 60 ? 1.2 : 2.2, { colour });
  });
}

function colourOf(index: number): Colour {
  const colour = lineColours[index % lineColours.length]!;
  const shade = SHADES[Math.floor(index / lineColours.length) % SHADES.length]!;
  const mixed = (level: number) => Math.round(shade >= 0 ? level * (1 - shade) : level + (255 - level) * -shade);
  return [mixed(colour[0]), mixed(colour[1]), mixed(colour[2])];
}
