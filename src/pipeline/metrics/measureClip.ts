import { checkOptions, type Frame, instanceOf, type OptionChecks, Tensor, text } from '../core/index.js';
import { Video } from '../video/index.js';
import { frameConsistency, promptAlignment } from './consistency.js';
import type { ClipEncoders, SeeingModel } from './encoders.js';
import { flicker } from './flicker.js';
import { distance, psnr } from './psnr.js';
import { ssim } from './ssim.js';
import { warpError } from './warpError.js';

/** A clip as metrics take it: a video, or its frames. */
export type MeasuredClip = Video | readonly Frame[];

/** What a clip is measured against; what is left out is not measured. */
export interface MeasureOptions {
  /** What the clip was made from: for PSNR and SSIM, and the motion that warp error follows. As many frames of the same size. */
  source?: MeasuredClip;
  /** What was to change, `[frames or 1, 1, height, width]` of 0 … 1: PSNR and SSIM are then told inside and outside of it, too. */
  mask?: Tensor;
  /** What the clip should have become, such as a run of many more steps: for the distance. As many frames of the same size. */
  reference?: MeasuredClip;
  /** What the clip should show. */
  prompt?: string;
  /** What looks at the frames: CLIP's encoders, or a model that brings an interrogator. */
  by?: ClipEncoders | SeeingModel;
}

/** What was measured of a clip; each name is that of the function that tells its definition. */
export interface ClipMetrics {
  /** dB between source and clip, higher is nearer; Infinity where they are equal. */
  psnr?: number;
  /** The same inside the mask. */
  psnrInside?: number;
  /** The same outside the mask: what should have stayed. */
  psnrOutside?: number;
  /** −1 … 1 between source and clip, higher is nearer. */
  ssim?: number;
  /** The same inside the mask. */
  ssimInside?: number;
  /** The same outside the mask. */
  ssimOutside?: number;
  /** 0 … 1, lower is steadier; follows the source's motion where there is a source. */
  warpError?: number;
  /** 0 … 1, lower is steadier. */
  flicker?: number;
  /** −1 … 1, higher is steadier. */
  frameConsistency?: number;
  /** −1 … 1, higher shows more of the prompt. */
  promptAlignment?: number;
  /** 0 … 1 to the reference, lower is nearer. */
  distance?: number;
}

const clip = (value: unknown): string | undefined =>
  value instanceof Video || Array.isArray(value) ? undefined : 'a Video or a list of frames';

const checks: OptionChecks<MeasureOptions> = {
  source: clip,
  mask: instanceOf(Tensor, 'a Tensor [frames, 1, height, width]'),
  reference: clip,
  prompt: text,
  by: (value) =>
    typeof value === 'object' && value !== null && ('embedFrames' in value || 'interrogator' in value)
      ? undefined
      : 'a model, or encoders: { embedFrames, embedPrompt }',
};

/**
 * Measures a clip by every metric that its options allow: {@link flicker} and {@link warpError} of itself, {@link psnr} and
 * {@link ssim} against its source, {@link distance} to a reference, {@link frameConsistency} and {@link promptAlignment} by what can see.
 * What cannot be told (one frame does not flicker, a prompt may name nothing that can be seen) is left out.
 *
 * @throws {ArgumentError} for an option that cannot be used or clips whose shapes differ; what reading a video throws.
 */
export async function measureClip(measured: MeasuredClip, options: MeasureOptions = {}): Promise<ClipMetrics> {
  checkOptions('measureClip', options, checks);
  const { mask, prompt, by } = options;
  const frames = await framesOf(measured);
  const source = options.source && (await framesOf(options.source));
  const reference = options.reference && (await framesOf(options.reference));
  const against = source && {
    psnr: psnr(source, frames),
    ssim: ssim(source, frames),
    ...(mask && {
      psnrInside: psnr(source, frames, { mask, side: 'inside' }),
      psnrOutside: psnr(source, frames, { mask, side: 'outside' }),
      ssimInside: ssim(source, frames, { mask, side: 'inside' }),
      ssimOutside: ssim(source, frames, { mask, side: 'outside' }),
    }),
  };
  const metrics: Record<keyof ClipMetrics, number | undefined> = {
    psnr: undefined,
    psnrInside: undefined,
    psnrOutside: undefined,
    ssim: undefined,
    ssimInside: undefined,
    ssimOutside: undefined,
    ...against,
    warpError: warpError(frames, source ? { motionOf: source } : {}),
    flicker: flicker(frames),
    frameConsistency: by && (await frameConsistency(frames, by)),
    promptAlignment: by && prompt !== undefined ? await promptAlignment(frames, prompt, by) : undefined,
    distance: reference && distance(reference, frames),
  };
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined && !Number.isNaN(value)));
}

/** All frames of a clip. */
export async function framesOf(clip: MeasuredClip): Promise<readonly Frame[]> {
  if (!(clip instanceof Video)) return clip;
  const frames: Frame[] = [];
  for await (const frame of clip.frames()) frames.push(frame);
  return frames;
}
