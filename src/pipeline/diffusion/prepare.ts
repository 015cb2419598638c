import { capturePlan } from '../capture/options.js';
import { RunRecorder } from '../capture/recorder.js';
import { ArgumentError } from '../errors.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import type { Conditioning } from '../model/unet.js';
import { Generator } from '../noise/generator.js';
import { chosenScheduler, type Scheduler } from '../schedulers/index.js';
import { FrameNoise } from './frameNoise.js';
import type { Guidance } from './guidance.js';
import type { DiffusionOptions } from './options.js';
import { PreparationWatch } from './preparationWatch.js';
import { Stopwatch } from './stopwatch.js';

/** A run's options with every default filled in and every value checked. */
export interface PreparedRun {
  /** The model. */
  model: LatentDiffusionModel;
  /** The prompt as given. */
  prompt: string;
  /** Denoising steps of the whole schedule. */
  numInferenceSteps: number;
  /** What to steer by. */
  guidance: Guidance;
  /** Encodes a further prompt for the UNet. */
  condition: (text: string) => Promise<Conditioning>;
  /** Makes a scheduler for one window, with its timesteps set; some pick them from the part of the schedule that `strength` leaves. */
  newScheduler: (strength?: number) => Scheduler;
  /** The whole number that fixes the noise. */
  seed: number;
  /** The one source of noise of the run; encoding and sampling take from it in turn. */
  generator: Generator;
  /** Noise per frame, from `generator`. */
  noise: FrameNoise;
  /** Size of the pictures, in pixels. */
  size: { width: number; height: number };
  /** The options as given. */
  options: DiffusionOptions;
  /** Takes the times. */
  stopwatch: Stopwatch;
  /** Keeps what the options ask to be captured; undefined when they ask for nothing. */
  recorder?: RunRecorder;
  /** Shows what comes before the first step; undefined when nobody watches. */
  watch?: PreparationWatch | undefined;
}

/**
 * Encodes the prompts and sets up scheduler and noise; checks what takes a model to know.
 *
 * @param options checked by `optionChecks.ts`.
 * @param size the wanted size of the pictures; checked against the model's grid.
 * @throws {ArgumentError} naming the option that cannot be used.
 */
export async function prepareRun(model: LatentDiffusionModel, prompt: string, options: DiffusionOptions, size: { width: number; height: number }): Promise<PreparedRun> {
  if (typeof prompt !== 'string') throw new ArgumentError('prompt', prompt, 'text');
  const ownScheduler = () => chosenScheduler(options.scheduler ?? model.scheduler, model.schedulerConfig);
  const numInferenceSteps = options.numInferenceSteps ?? ownScheduler().explicitSteps ?? model.recommended.numInferenceSteps;
  const scale = options.guidanceScale ?? model.recommended.guidanceScale;
  const rescale = options.guidanceRescale ?? 0;
  const plan = capturePlan(options.capture);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const generator = new Generator(seed);
  const stopwatch = options.stopwatch ?? new Stopwatch();
  model.requireSize(size.width, size.height);

  const newScheduler = (strength?: number) => {
    const scheduler = ownScheduler();
    scheduler.setTimesteps(numInferenceSteps, { strength });
    return scheduler;
  };
  const about = options.scheduler === undefined ? model.takeSchedulerNotice() : undefined;
  if (about !== undefined) notice(options, about);
  newScheduler(); // Settings that do not work together come to light before any work is done.

  const guided = scale > 1 && !model.unet.takesGuidanceScale;
  const condition = async (text: string) => ({ embeddings: await encodePrompt(model, text, options, stopwatch), guidanceScale: scale });
  const guidance: Guidance = {
    positive: await condition(prompt),
    negative: guided ? await condition(options.negativePrompt ?? '') : undefined,
    scale,
    rescale,
  };
  const noise = new FrameNoise(generator, model.unet.hasMotion, options.sharedNoise ?? false);
  const run: PreparedRun = { model, prompt, numInferenceSteps, guidance, condition, newScheduler, seed, generator, noise, size, options, stopwatch, watch: PreparationWatch.ofHost(model) };
  return plan ? { ...run, recorder: await RunRecorder.create(run, plan) } : run;
}

/** The settings to record in a result's provenance, so that the run can be made again. */
export function recordedSettings(run: PreparedRun): Record<string, unknown> {
  const scheduler = run.newScheduler();
  return {
    numInferenceSteps: run.numInferenceSteps,
    guidanceScale: run.guidance.scale,
    guidanceRescale: run.guidance.rescale,
    // Cloned, a config no longer knows which settings nobody chose: the record holds them all.
    scheduler: { name: scheduler.className, config: structuredClone(scheduler.config), ...(Object.keys(scheduler.runOptions).length > 0 ? { options: structuredClone(scheduler.runOptions) } : {}) },
    eta: run.options.eta ?? scheduler.runOptions.eta ?? scheduler.defaultEta,
    sharedNoise: run.options.sharedNoise ?? false,
    ...run.size,
  };
}

/** Where remarks go when nobody asked for them. */
export function notice(options: Pick<DiffusionOptions, 'onNotice'>, text: string): void {
  if (options.onNotice) options.onNotice(text);
  else console.warn(text);
}

/** @throws {ArgumentError} unless `value` is a number (a whole one, where asked) from `min` to `max`. */
export function requireNumber(name: string, value: number, min: number, max: number, whole = false): void {
  if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new ArgumentError(name, value, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  }
}

async function encodePrompt(model: LatentDiffusionModel, text: string, options: DiffusionOptions, stopwatch: Stopwatch) {
  const { embeddings, prompt } = await stopwatch.measure('text', () => model.textEncoder.encode(text));
  if (prompt.truncated) notice(options, `The prompt is too long for this model; left out: "${prompt.truncated}".`);
  if (prompt.unknownWords.length > 0) notice(options, model.describeUnknownWords(prompt.unknownWords));
  return embeddings;
}
