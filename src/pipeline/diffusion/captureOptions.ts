import { ArgumentError, suggestion } from '../core/index.js';

/** What can make pictures of latents. */
export const pictureDecoders = ['linear', 'vae', 'previewVae'] as const;
/** What makes pictures of latents: a linear map, the model's own VAE, or its autoencoder for previews. */
export type PictureDecoder = (typeof pictureDecoders)[number];

/**
 * What to keep of a run, step by step. Statistics are always kept; everything else only when it is asked for, since it
 * takes memory and disk: see `maxBytes`.
 */
export interface CaptureOptions {
  /**
   * The latents after every captured step, and all that going on from there needs: the state of the scheduler and of the
   * noise. Kept in float32, so that `run.at(step).resume()` is exact. True by default.
   */
  latents?: boolean;
  /** The clean latents as the model predicts them at every captured step, in float16. */
  x0?: boolean;
  /** The UNet's outputs, for the prompt and for the negative prompt, in float16. */
  noise?: boolean;
  /**
   * Pictures of the predicted clean clip: small ones by a linear map that costs nothing, true ones by the VAE, or such as the autoencoder for previews draws, which the
   * model was loaded with (`previewVae`).
   */
  frames?: PictureDecoder;
  /** Words of the prompt whose cross-attention to keep, as typed; true for all of them. */
  attention?: readonly string[] | true;
  /**
   * How much every frame looks at every other, as attention over the clip (video transformers) and over time (motion modules) has it: for each step, layer and head
   * a number for each two frames, summed inside the network. False by default.
   */
  frameAttention?: boolean;
  /** Layers whose attention to keep, by id or the start of it (`up_blocks.1`, `blocks.12`); all that attend to words, or to frames, by default. */
  layers?: readonly string[];
  /** The mean over heads (default), every head of each layer, or the heads of these numbers (from 0). */
  heads?: 'mean' | 'each' | readonly number[];
  /** Which steps to capture, counted from 1; or every n-th from the first, and the last. All by default. */
  steps?:
    | readonly number[]
    | {
        /** From one captured step to the next: 5 keeps the 1st, 6th, 11th, … and the last. */
        readonly every: number;
      };
  /** Most bytes that the capture may take, in memory and on disk together; half of the free disk, 8 GiB at most, by default. */
  maxBytes?: number;
  /** Bytes kept in memory before the rest goes to a private temporary file; 64 MiB by default. */
  memoryLimit?: number;
}

/** Options with defaults filled in and checked; what `capture: true` and `capture: { … }` come to. */
export interface CapturePlan extends CaptureOptions {
  latents: boolean;
  x0: boolean;
  noise: boolean;
  heads: 'mean' | 'each' | readonly number[];
}

/**
 * Checks and completes what a run was told to capture.
 *
 * @param given `true` stands for latents and predicted clean latents; false and undefined for nothing.
 * @throws {ArgumentError} naming the option that cannot be used.
 */
export function capturePlan(given: CaptureOptions | boolean | undefined): CapturePlan | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null))
    throw new ArgumentError('capture', given, 'true, or an object that says what to capture');
  const options = given === true ? { x0: true } : given;
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key))
      throw new ArgumentError(
        `capture.${key}`,
        value,
        'left out',
        `capture has no option "${key}". ${suggestion(key, known, 'Its options')}`,
      );
  }
  const { frames, attention, frameAttention, heads = 'mean', steps, maxBytes, memoryLimit } = options;
  if (frames !== undefined && !pictureDecoders.includes(frames))
    throw new ArgumentError('capture.frames', frames, "'linear', 'vae' or 'previewVae'");
  if (attention !== undefined && attention !== true && !isList(attention, (word) => typeof word === 'string')) {
    throw new ArgumentError('capture.attention', attention, 'a list of words of the prompt, or true for all of them');
  }
  if (frameAttention !== undefined && typeof frameAttention !== 'boolean')
    throw new ArgumentError('capture.frameAttention', frameAttention, 'true or false');
  if (heads !== 'mean' && heads !== 'each' && !isList(heads, isIndex))
    throw new ArgumentError('capture.heads', heads, "'mean', 'each' or a list of head numbers from 0");
  const every = everyOf(steps);
  if (steps !== undefined && !(every === undefined ? isList(steps, (step) => isIndex(step) && step > 0) : isIndex(every) && every > 0)) {
    throw new ArgumentError('capture.steps', steps, 'a list of step numbers from 1, or { every: n }');
  }
  for (const [name, bytes] of Object.entries({ maxBytes, memoryLimit })) {
    if (bytes !== undefined && !(typeof bytes === 'number' && bytes >= 0))
      throw new ArgumentError(`capture.${name}`, bytes, 'a number of bytes, 0 or more');
  }
  return { x0: false, noise: false, latents: true, ...options, heads };
}

/** Whether step `step` (from 1) of `steps` is to be captured. */
export function isCaptured({ steps: wanted }: CaptureOptions, step: number, steps: number): boolean {
  if (wanted === undefined) return true;
  const every = everyOf(wanted);
  return every === undefined ? (wanted as readonly number[]).includes(step) : step === steps || (step - 1) % every === 0;
}

const known: readonly string[] = [
  'latents',
  'x0',
  'noise',
  'frames',
  'attention',
  'frameAttention',
  'layers',
  'heads',
  'steps',
  'maxBytes',
  'memoryLimit',
] satisfies (keyof CaptureOptions)[];

/** The n of `{ every: n }`; lists have a method of that name. */
function everyOf(steps: CaptureOptions['steps']): number | undefined {
  return steps === undefined || Array.isArray(steps) ? undefined : (steps as { every: number }).every;
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isList(value: unknown, fits: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(fits);
}
