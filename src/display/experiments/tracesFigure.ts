import type { SamplerTraces } from '../../pipeline/experiments/index.js';
import type { Bundle } from '../../shared/outputs/index.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import type { Page } from '../drawing/page.js';
import { drawFigure } from '../run/figure.js';
import { storedForms } from '../run/storedForms.js';
import type { DisplaySink } from '../sink.js';
import { legendSection, type LinesPlot, plotsSection } from './linePlots.js';

/** What a figure may take of a notebook, in characters. */
const ROOM = 120_000;

const logSnr = { label: 'log-SNR: noise at the left, the clean sample at the right' };

/** The ways of samplers: what each step changes, how far it is from a fine run's result, and how far samplers are from the first. */
export function drawTraces(traced: SamplerTraces, title: string, scale: number): Page {
  const { traces, reference, partings } = traced;
  const lines = traces.map(({ label, endDistance }) => ({ label, remark: `ends ${shortNumber(endDistance)} from it` }));
  // Of the first sampler with each other one.
  const fromFirst = (line: number) => partings.find(({ samplers: [a, b] }) => a === traces[0]!.label && b === traces[line]?.label);
  const plots: LinesPlot[] = [
    {
      title: 'Distance to the fine run',
      explanation: 'root mean square; logarithmic',
      x: logSnr,
      log: true,
      points: (line) => traces[line]!.steps.map(({ logSnr: x, distance }) => [x, distance > 0 ? distance : NaN] as const),
    },
    {
      title: 'Change per step',
      explanation: 'root mean square; logarithmic',
      x: logSnr,
      log: true,
      points: (line) => traces[line]!.steps.map(({ logSnr: x, change }) => [x, change !== undefined && change > 0 ? change : NaN] as const),
    },
    ...(traces.length > 1
      ? [
          {
            title: `Apart from ${traces[0]!.label}`,
            explanation: 'a ring where they part',
            x: logSnr,
            points: (line: number) =>
              line === 0 ? [] : (fromFirst(line)?.apart ?? []).map(({ logSnr: x, distance }) => [x, distance] as const),
            marks: (line: number) => {
              const parting = line === 0 ? undefined : fromFirst(line);
              return (parting?.apart ?? [])
                .filter(({ logSnr: x }) => x === parting?.at)
                .map(({ logSnr: x, distance }) => [x, distance] as const);
            },
          },
        ]
      : []),
  ];
  const calls = [...new Set(traces.map(({ calls: count }) => count))].join(' and ');
  const facts = [
    `what each believes the finished latents to be, over ${calls} calls of the network`,
    `the fine run: ${reference.label}, ${reference.steps} steps, root mean square ${shortNumber(reference.scale)}`,
  ];
  return drawFigure({ title, facts }, [legendSection(lines), plotsSection(plots, traces.length)], scale);
}

/** What the figure shows, for those who cannot see it. */
export function tracesInWords({ traces, reference, partings }: SamplerTraces): string {
  const ways = traces.map(
    ({ label, calls, endDistance }) =>
      `${label}: ${calls} calls of the network, ends ${shortNumber(endDistance)} from ${reference.label} with ${reference.steps} steps`,
  );
  const parts = partings.map(({ samplers: [a, b], at }) =>
    at === undefined
      ? `${a} and ${b} end together`
      : `${a} and ${b} part at log-SNR ${shortNumber(at)}, σ ${shortNumber(Math.exp(-at / 2))}`,
  );
  return [...ways, ...parts].join('\n');
}

/** The forms in which traces are shown; where outputs are only text, a line a sampler. */
export async function bundleOfTraces(traced: SamplerTraces, title = 'Ways of samplers', { sideFolder }: DisplaySink): Promise<Bundle> {
  const words = tracesInWords(traced);
  if (!sideFolder) return { 'text/plain': words };
  const draw = (scale: number) => drawTraces(traced, title, scale);
  return { ...(await storedForms(draw, { payload: {}, text: `${title}. ${words}`, room: ROOM })), 'text/plain': words };
}
