import { percent, shortNumber } from '../../shared/figures/ticks.js';
import type { AttentionMaterial } from './attentionFigure.js';
import type { FramesMaterial } from './framesFigure.js';
import type { LatentsMaterial } from './latentsFigure.js';
import type { ScheduleMaterial } from './scheduleFigure.js';
import type { StepsMaterial } from './stepsFigure.js';

/** What a figure is drawn from. */
interface Materials {
  readonly steps?: StepsMaterial | undefined;
  readonly attention?: AttentionMaterial | undefined;
  readonly frames?: FramesMaterial | undefined;
  readonly latents?: LatentsMaterial | undefined;
  readonly schedule?: ScheduleMaterial | undefined;
}

/** What a figure shows, for those who cannot see it: its rows, its words and their shares, its ranges. */
export function inWords({ steps, attention, frames, latents, schedule }: Materials): string {
  const sentences: string[] = [];
  if (steps)
    sentences.push(
      `The clip after steps ${steps.rows.map(({ step }) => step).join(', ')} of ${steps.stepCount}, ${steps.frames.length} frames each${steps.source ? ', below its source' : ''}${steps.result ? ', above the result' : ''}.`,
    );
  for (const { text, mass, range } of attention?.words ?? []) {
    sentences.push(
      `“${text}” drew ${percent(mass[0]!)} of all attention at the first step and ${percent(mass.at(-1)!)} at the last, between ${percent(range.min)} and ${percent(range.max)} at a place.`,
    );
  }
  if (frames)
    sentences.push(
      `On average ${frames.frameTitle}s give ${percent(shareOfSelf(frames))} of their attention to themselves and ${percent(shareOfFirst(frames))} to the first.`,
    );
  latents?.channels.forEach(({ range }, i) =>
    sentences.push(`Channel ${i + 1} of the latents goes from ${shortNumber(range.min)} to ${shortNumber(range.max)}.`),
  );
  if (schedule)
    sentences.push(
      `The noise level σ falls from ${shortNumber(schedule.sigmas[schedule.beginIndex])} to ${shortNumber(schedule.sigmas.at(-1))}, from step ${schedule.beginIndex + 1} of the schedule's ${schedule.timesteps.length}.`,
    );
  return sentences.join(' ');
}

/** What frames give to themselves, on average. */
function shareOfSelf({ mean: { data, width } }: FramesMaterial): number {
  let sum = 0;
  for (let frame = 0; frame < width; frame++) sum += data[frame * width + frame]!;
  return sum / width;
}

/** What frames give to the first one, on average. */
function shareOfFirst({ mean: { data, width } }: FramesMaterial): number {
  let sum = 0;
  for (let frame = 0; frame < width; frame++) sum += data[frame * width]!;
  return sum / width;
}
