import type { SchedulePath } from '../../pipeline/experiments/index.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import type { Page } from '../drawing/page.js';
import { drawFigure } from '../run/figure.js';
import { legendSection, type LinesPlot, plotsSection } from './linePlots.js';

const share = { label: 'share of the steps that is done', format: (value: number) => `${Math.round(100 * value)} %`, min: 0, max: 1 };

/** Several schedules over one another: timesteps, σ, log-SNR and step sizes, each over the share of the steps that is done. */
export function drawSchedules(paths: readonly SchedulePath[], title: string, scale: number): Page {
  const counts = [...new Set(paths.map(({ timesteps }) => timesteps.length))];
  const facts = [`${counts.join(' and ')} calls of the network`, 'noise at the left, the clean sample at the right'];
  const lines = paths.map(({ label, scheduler }) => ({ label, remark: label === scheduler ? '' : scheduler.replace(/Scheduler$/, '') }));
  const along = (values: (path: SchedulePath) => readonly number[]) => (line: number) =>
    shared(levelsOf(paths[line]!, values(paths[line]!)));
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
      points: (line) => {
        const levels = levelsOf(paths[line]!, paths[line]!.logSnr);
        // The last step, to no noise at all, has no size on this scale.
        return shared(levels.map((level, index) => (levels[index + 1] ?? NaN) - level));
      },
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

/** The values at the calls that reach a noise level for the first time: second-order methods ask at some levels twice, which drew stairs. */
function levelsOf({ logSnr }: SchedulePath, values: readonly number[]): number[] {
  return values.filter((_, call) => call === 0 || logSnr[call] !== logSnr[call - 1]);
}

/** Values over the share of the steps. */
function shared(values: readonly number[]): (readonly [share: number, value: number])[] {
  return values.map((value, index) => [index / Math.max(1, values.length - 1), value] as const);
}
