import type { SchedulePath } from '../../pipeline/experiments/index.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import type { Page } from '../drawing/page.js';
import { drawFigure } from '../run/figure.js';
import { legendSection, type LinesPlot, plotsSection } from './linePlots.js';

const share = { label: 'share of the steps that is done', format: (value: number) => `${Math.round(100 * value)} %` };

/** Several schedules over one another: timesteps, σ, log-SNR and step sizes, each over the share of the steps that is done. */
export function drawSchedules(paths: readonly SchedulePath[], title: string, scale: number): Page {
  const counts = [...new Set(paths.map(({ timesteps }) => timesteps.length))];
  const facts = [`${counts.join(' and ')} calls of the network`, 'noise at the left, the clean sample at the right'];
  const lines = paths.map(({ label, scheduler }) => ({ label, remark: label === scheduler ? '' : scheduler.replace(/Scheduler$/, '') }));
  const along = (values: (path: SchedulePath) => readonly number[]) => (line: number) => {
    const path = paths[line]!;
    return withoutRepeats(path, values(path)).map(([step, value]) => [step / Math.max(1, path.timesteps.length - 1), value] as const);
  };
  const plots: LinesPlot[] = [
    { title: 'Timesteps', explanation: 'where the network is asked', x: share, points: along(({ timesteps }) => timesteps) },
    {
      title: 'Noise level σ',
      explanation: 'on one unit of the clean sample; logarithmic',
      x: share,
      log: true,
      points: along(({ sigmas }) => sigmas.map((sigma) => (sigma > 0 ? sigma : NaN))),
    },
    { title: 'log-SNR', explanation: '−2 ln σ', x: share, points: along(({ logSnr }) => logSnr) },
    {
      title: 'Step size',
      explanation: 'how far log-SNR goes to the next step',
      x: share,
      points: (line) =>
        stepSizesOf(paths[line]!).map(([step, size]) => [step / Math.max(1, paths[line]!.timesteps.length - 1), size] as const),
    },
  ];
  return drawFigure({ title, facts }, [legendSection(lines), plotsSection(plots, paths.length)], scale);
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

/** The calls that reach a noise level for the first time: second-order methods ask at some levels twice, which drew stairs. */
function withoutRepeats({ logSnr }: SchedulePath, values: readonly number[]): (readonly [step: number, value: number])[] {
  return values.flatMap((value, step) => (step > 0 && logSnr[step] === logSnr[step - 1] ? [] : [[step, value] as const]));
}

/** From each noise level to the next other one. */
function stepSizesOf(path: SchedulePath): (readonly [step: number, size: number])[] {
  const levels = withoutRepeats(path, path.logSnr);
  return levels.slice(0, -1).map(([step, level], index) => [step, levels[index + 1]![1] - level] as const);
}
