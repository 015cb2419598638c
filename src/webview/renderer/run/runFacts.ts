import type { RunPayload } from '../../../shared/outputs/index.js';
import { shortNumber } from '../../../shared/figures/ticks.js';

/** The number of a shown frame in the clip, from 1: long clips show some of their frames. */
export function frameName({ shownFrames }: RunPayload, frame: number): number {
  return (shownFrames?.[frame] ?? frame) + 1;
}

/** `12 of 25 · t 481 · σ 1.2`, of a captured step. */
export function stepText({ steps, stepCount }: RunPayload, index: number): string {
  const at = steps[index];
  if (!at) return '';
  return [
    `${at.step} of ${stepCount}`,
    `t ${shortNumber(at.timestep)}`,
    ...(at.sigma === undefined || at.sigma === null ? [] : [`σ ${shortNumber(at.sigma)}`]),
  ].join(' · ');
}

/** `motion-stickers · seed 7 · 25 steps · 16 frames of 128 × 128`. */
export function factsText(payload: RunPayload, frames: number): string {
  const { model, seed, stepCount, steps, width, height } = payload;
  const count = steps.length < stepCount ? `${steps.length} of ${stepCount} steps` : `${stepCount} ${stepCount === 1 ? 'step' : 'steps'}`;
  return [model, `seed ${seed}`, count, `${frames} ${frames === 1 ? 'frame' : 'frames'} of ${width} × ${height}`].join(' · ');
}

/** Frames that the atlases of a run show. */
export function shownFrameCount({ x0, xt, resultFrames, latents, attention, shownFrames }: RunPayload): number {
  return (x0 ?? xt ?? latents?.[0]?.atlas ?? attention?.words[0]?.bySteps ?? resultFrames)?.frames ?? shownFrames?.length ?? 1;
}
