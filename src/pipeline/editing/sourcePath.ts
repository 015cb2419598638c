import type { Tensor } from '../core/index.js';
import type { FrameSpan, PreparedRun } from '../diffusion/index.js';
import type { Conditioning } from '../networks/index.js';
import { invert } from './inversion.js';
import { beginIndexFor, type PassStart } from './strength.js';

/** What one step of an inversion takes of a guided step, which asks the UNet twice. */
const INVERSION_STEP = 0.5;

/** The source as it is at an entry of the schedule on its way to noise, and clean after the last. */
export type PathOfSource = (index: number) => Tensor | undefined;

/** How a method gets from the source to where it begins. */
export interface WayBack {
  /** What the source is told. */
  readonly source: Conditioning;
  /** Entry of the schedule at which an edit of this strength begins. */
  readonly begin: number;
  /** Entries from there on. */
  readonly steps: number;
  /** What going there takes, in guided steps. */
  readonly preparation: number;
  /** Goes there with a window's clean latents: the source at every level, and where denoising begins. */
  readonly go: (clean: Tensor, frames: FrameSpan) => Promise<{ readonly at: PathOfSource; readonly start: PassStart }>;
}

/**
 * The way back of methods that begin at the source run backwards, or, `noised`, with one noise at every level.
 *
 * @throws {ArgumentError} when not a single step would be run.
 */
export async function wayBack(
  run: PreparedRun,
  { strength, sourcePrompt = '', noised = false }: { strength: number; sourcePrompt?: string | undefined; noised?: boolean },
): Promise<WayBack> {
  const source = await run.condition(sourcePrompt);
  const { order, timesteps } = run.newScheduler();
  const begin = beginIndexFor(strength, run.numInferenceSteps) * order;
  const steps = timesteps.length - begin;
  return {
    source,
    begin,
    steps,
    preparation: noised ? 0 : INVERSION_STEP * steps,
    async go(clean, frames) {
      const at = noised ? noisedAt(run, clean, run.noise.forFrames(frames.start, clean.dims)) : await invertedAt(run, clean, source, steps);
      const scheduler = run.newScheduler();
      scheduler.setBeginIndex(begin);
      return { at, start: { scheduler, beginIndex: begin, latents: at(begin)!, frames } };
    },
  };
}

/** The source with one noise at every level. */
function noisedAt(run: PreparedRun, clean: Tensor, noise: Tensor): PathOfSource {
  const scheduler = run.newScheduler();
  return (index) => {
    const timestep = scheduler.timesteps[index];
    if (timestep === undefined) return clean;
    scheduler.setBeginIndex(index);
    return scheduler.addNoise(clean, noise, timestep);
  };
}

/** The source run backwards. */
async function invertedAt(run: PreparedRun, clean: Tensor, source: Conditioning, steps: number): Promise<PathOfSource> {
  const scheduler = run.newScheduler();
  const onStep = () => run.progress.prepared('invert', INVERSION_STEP);
  const inverted = await invert(run, scheduler.inverse()!, clean, source, steps, onStep);
  return (index) => inverted.get(scheduler.timesteps[index] ?? -1);
}
