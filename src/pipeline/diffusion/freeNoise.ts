import { ArgumentError, checkOptions, oneOf, type OptionCheck, type Tensor, wholeNumber } from '../core/index.js';
import { gatherRows } from '../networks/index.js';
import type { RunSetup } from './preparedRun.js';

/** What the frames behind the first window are given: its noise in another order, or over again. */
export type FreeNoiseType = 'shuffle_context' | 'repeat_context';

/** FreeNoise: the noise of a long clip is that of its first frames, rescheduled, so that windows which see few frames draw one scene. */
export interface FreeNoiseOptions {
  /** How the noise goes on; `'shuffle_context'` by default. */
  noiseType?: FreeNoiseType;
  /** Frames whose noise is drawn, 2…1024; those of a window of a step, or what the model was trained on, by default. */
  contextLength?: number;
  /** Frames that are shuffled among each other, 1…1024; 4 by default. */
  contextStride?: number;
}

/** Checks of the option `freeNoise`. */
export const freeNoiseCheck: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return "an object with options: { noiseType: 'shuffle_context' }";
  checkOptions<FreeNoiseOptions>('freeNoise', value, {
    noiseType: oneOf('shuffle_context', 'repeat_context'),
    contextLength: wholeNumber(2, 1024),
    contextStride: wholeNumber(1, 1024),
  });
  return undefined;
};

/** FreeNoise with its defaults, which are diffusers', but for the window's length, which is the run's own. */
export function freeNoiseSettings(
  given: FreeNoiseOptions,
  { context, model }: Pick<RunSetup, 'context' | 'model'>,
): Required<FreeNoiseOptions> {
  const { noiseType = 'shuffle_context', contextLength = context?.frames ?? model.windowFrames, contextStride = 4 } = given;
  return { noiseType, contextLength, contextStride };
}

/** @throws {ArgumentError} with models whose frames know nothing of one another, or stand for several each, and with one noise for all frames. */
export function requireFreeNoise({ model, options: { sharedNoise } }: Pick<RunSetup, 'model' | 'options'>): void {
  const leftOut = (why: string) => new ArgumentError('freeNoise', 'given', `left out ${why}`);
  if (!model.unet.hasMotion) throw leftOut(`with ${model.name}, which sees frames one by one`);
  if (model.vae.temporalScaleFactor > 1) throw leftOut(`with ${model.name}, whose latent frames stand for several frames of the clip each`);
  if (sharedNoise) throw leftOut('with sharedNoise: all frames have one noise already');
}

/**
 * Which frame's noise each frame of a clip is given.
 *
 * Qiu et al. 2023, "FreeNoise: Tuning-Free Longer Video Diffusion Via Noise Rescheduling", section 3.2: every `contextStride` frames behind the first window are given the
 * noise of as many frames one window before, in another order; in the order of diffusers' `enable_free_noise`. Repeating is the paper's too: what diffusers
 * calls so draws new noise for every frame.
 * @param permutation of so many things, drawn by the run's generator.
 */
export function rescheduledFrames(
  frames: number,
  { noiseType, contextLength, contextStride }: Required<FreeNoiseOptions>,
  permutation: (count: number) => readonly number[],
): number[] {
  const noiseOf = Array.from({ length: frames }, (_, frame) => (noiseType === 'repeat_context' ? frame % contextLength : frame));
  if (noiseType === 'repeat_context') return noiseOf;
  for (let at = contextLength; at < frames; at += contextStride) {
    const from = at - contextLength;
    const order = permutation(Math.min(contextStride, frames - from));
    const earlier = noiseOf.slice();
    for (const [i, other] of order.entries()) if (at + i < frames) noiseOf[at + i] = earlier[from + other]!;
  }
  return noiseOf;
}

/** Noise of a clip, `[frames, channels, height, width]`, rescheduled. */
export function rescheduledNoise(
  noise: Tensor,
  settings: Required<FreeNoiseOptions>,
  permutation: (count: number) => readonly number[],
): Tensor {
  return gatherRows(noise, rescheduledFrames(noise.dims[0]!, settings, permutation));
}
