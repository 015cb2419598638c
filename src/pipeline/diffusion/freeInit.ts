import {
  ArgumentError,
  checkOptions,
  flag,
  number,
  oneOf,
  type OptionCheck,
  type Tensor,
  weightedSum,
  wholeNumber,
} from '../core/index.js';
import { type AlphasConfig, alphasCumprod, forwardProcess } from '../schedulers/index.js';
import { type ClipExtent, mixFrequencies } from './frequencyMix.js';
import type { RunSetup } from './preparedRun.js';

/** Which low frequencies of a pass FreeInit keeps. */
export type FreeInitMethod = 'butterworth' | 'gaussian' | 'ideal' | 'box';

/** FreeInit: a clip is made several times, each time from noise whose low frequencies are those of the pass before. */
export interface FreeInitOptions {
  /** Passes, 1…20; 3 by default. One is as without. */
  iterations?: number;
  /** Form of the low-pass filter; `'butterworth'` by default. */
  method?: FreeInitMethod;
  /** How steep a Butterworth filter is, 1…64; 4 by default. */
  order?: number;
  /** Where the filter ends in space, as a share of the highest frequency, 0…1; 0.25 by default. */
  spatialStopFrequency?: number;
  /** The same in time. */
  temporalStopFrequency?: number;
  /** Coarse to fine: the first passes take fewer steps (a third, two thirds, all of three); false by default. */
  fastSampling?: boolean;
}

/** Checks of the option `freeInit`. */
export const freeInitCheck: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object with options: { iterations: 3 }';
  checkOptions<FreeInitOptions>('freeInit', value, {
    iterations: wholeNumber(1, 20),
    method: oneOf('butterworth', 'gaussian', 'ideal', 'box'),
    order: wholeNumber(1, 64),
    spatialStopFrequency: number(0, 1),
    temporalStopFrequency: number(0, 1),
    fastSampling: flag,
  });
  return undefined;
};

/** FreeInit with its defaults, which are diffusers'. */
export function freeInitSettings(given: FreeInitOptions): Required<FreeInitOptions> {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    iterations: 3,
    method: 'butterworth',
    order: 4,
    spatialStopFrequency: 0.25,
    temporalStopFrequency: 0.25,
    fastSampling: false,
    ...said,
  };
}

/** @throws {ArgumentError} with models whose frames know nothing of one another, on other paths of noise than diffusion's, and where passes are to be captured. */
export function requireFreeInit({ model, newScheduler, options: { capture } }: Pick<RunSetup, 'model' | 'newScheduler' | 'options'>): void {
  const leftOut = (why: string) => new ArgumentError('freeInit', 'given', `left out ${why}`);
  if (!model.unet.hasMotion) throw leftOut(`with ${model.name}, which sees frames one by one`);
  if (model.vae.temporalScaleFactor > 1) throw leftOut(`with ${model.name}, whose latent frames stand for several frames of the clip each`);
  const scheduler = newScheduler();
  if (forwardProcess(scheduler)?.path !== 'diffusion')
    throw leftOut(`with ${scheduler.className}, which follows another path than diffusion's`);
  if (capture !== undefined && capture !== false) throw leftOut('where steps are captured: its passes go over the same frames again');
}

/**
 * Noise of variance 1 for the next pass: the clip that came out, noised as far as the model was trained to, with its high frequencies replaced by new noise.
 *
 * Wu et al. 2023, "FreeInit: Bridging Initialization Gap in Video Diffusion Models"; agrees with diffusers' `enable_free_init`. The box filter is the authors' own.
 * @param made clean latents of the pass before, `[frames, channels, height, width]`. @param first the noise of the first pass. @param fresh new noise.
 * @param config of the scheduler, for how far that is.
 */
export function reinitializedNoise(
  made: Tensor,
  first: Tensor,
  fresh: Tensor,
  config: AlphasConfig,
  settings: Required<FreeInitOptions>,
): Tensor {
  const alpha = alphasCumprod(config).at(-1)!;
  const noised = weightedSum([Math.sqrt(alpha), made], [Math.sqrt(1 - alpha), first]);
  const [frames, , height, width] = made.dims as [number, number, number, number];
  return mixFrequencies(noised, fresh, lowPassFilter([frames, height, width], settings));
}

/** How much of each frequency passes, `[frames, height, width]`, frequency 0 at ⌊length ⁄ 2⌋ of each axis. */
export function lowPassFilter([frames, height, width]: ClipExtent, settings: Required<FreeInitOptions>): Float64Array {
  const { method, order, spatialStopFrequency: space, temporalStopFrequency: time } = settings;
  const out = new Float64Array(frames * height * width);
  if (space === 0 || time === 0) return out;
  const pass = {
    butterworth: (square: number) => 1 / (1 + (square / space ** 2) ** order),
    gaussian: (square: number) => Math.exp(-square / (2 * space ** 2)),
    ideal: (square: number) => (square <= 2 * space ? 1 : 0),
  };
  const inBox = (at: number, length: number, stop: number) => {
    const [middle, reach] = [Math.floor(length / 2), roundHalfToEven(Math.floor(length / 2) * stop)];
    return at >= middle - reach && at < middle + reach;
  };
  for (let i = 0; i < out.length; i++) {
    const [f, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    if (method === 'box') {
      out[i] = inBox(f, frames, time) && inBox(y, height, space) && inBox(x, width, space) ? 1 : 0;
      continue;
    }
    const fromMiddle = (at: number, length: number) => (2 * at) / length - 1;
    out[i] = pass[method](((space / time) * fromMiddle(f, frames)) ** 2 + fromMiddle(y, height) ** 2 + fromMiddle(x, width) ** 2);
  }
  return out;
}

/** As Python rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
