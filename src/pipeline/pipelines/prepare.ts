import {
  capturePlan,
  FrameNoise,
  type Guidance,
  notice,
  once,
  type DiffusionOptions,
  PreparationWatch,
  type PreparedRun,
  preparedRun,
  Stopwatch,
} from '../diffusion/index.js';
import { RunRecorder, type RunModel } from '../capture/index.js';
import { ArgumentError, Generator } from '../core/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import { chosenScheduler } from '../schedulers/index.js';

/** A model that makes and edits videos, as far as its pipelines know it. */
export interface PipelineModel extends LatentDiffusionNetworks, RunModel {}

/** A run that keeps what its options ask to be captured. */
export interface RecordedPass<Options extends DiffusionOptions = DiffusionOptions> extends PreparedRun<Options> {
  /** Undefined when the options ask for nothing. */
  observer?: RunRecorder;
}

/**
 * Encodes the prompts and sets up scheduler and noise; checks what takes a model to know.
 *
 * @param options checked by `optionChecks.ts`.
 * @param size the wanted size of the pictures; checked against the model's grid.
 * @throws {ArgumentError} naming the option that cannot be used.
 */
export async function prepareRun<Options extends DiffusionOptions>(
  model: LatentDiffusionNetworks,
  prompt: string,
  options: Options,
  size: { width: number; height: number },
): Promise<PreparedRun<Options>> {
  if (typeof prompt !== 'string') throw new ArgumentError('prompt', prompt, 'text');
  const ownScheduler = () => chosenScheduler(options.scheduler ?? model.scheduler, model.schedulerConfig);
  const numInferenceSteps = options.numInferenceSteps ?? ownScheduler().explicitSteps ?? model.recommended.numInferenceSteps;
  const scale = options.guidanceScale ?? model.recommended.guidanceScale;
  const rescale = options.guidanceRescale ?? 0;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const generator = options.shared?.generator(seed) ?? new Generator(seed);
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
  const watch = PreparationWatch.ofHost(model);
  capturePlan(options.capture); // A wish that cannot be read is found before the work.
  return preparedRun({
    model,
    prompt,
    guidedBy: prompt,
    numInferenceSteps,
    guidance,
    condition,
    newScheduler,
    seed,
    generator,
    noise,
    size,
    options,
    stopwatch,
    watch,
  });
}

/** The run guided by another text than its prompt. */
export async function guideBy<Options extends DiffusionOptions>(run: PreparedRun<Options>, text: string): Promise<PreparedRun<Options>> {
  return text === run.guidedBy
    ? run
    : preparedRun({ ...run, guidedBy: text, guidance: { ...run.guidance, positive: await run.condition(text) } });
}

/**
 * The run with a recorder that follows it, if its options ask for one.
 *
 * @throws {FrameloomError} as {@link RunRecorder.create}.
 */
export async function withRecorder<Options extends DiffusionOptions>(run: PreparedRun<Options>): Promise<RecordedPass<Options>> {
  const plan = capturePlan(run.options.capture);
  if (plan) run.observer = await RunRecorder.create(run, plan);
  return run as RecordedPass<Options>;
}

/** The settings to record in a result's provenance, so that the run can be made again. */
export function recordedSettings(run: PreparedRun): Record<string, unknown> {
  const scheduler = run.newScheduler();
  return {
    numInferenceSteps: run.numInferenceSteps,
    guidanceScale: run.guidance.scale,
    guidanceRescale: run.guidance.rescale,
    // Cloned, a config no longer knows which settings nobody chose: the record holds them all.
    scheduler: {
      name: scheduler.className,
      config: structuredClone(scheduler.config),
      ...(Object.keys(scheduler.runOptions).length > 0 ? { options: structuredClone(scheduler.runOptions) } : {}),
    },
    eta: run.options.eta ?? scheduler.runOptions.eta ?? scheduler.defaultEta,
    sharedNoise: run.options.sharedNoise ?? false,
    ...run.size,
  };
}

async function encodePrompt(model: LatentDiffusionNetworks, text: string, options: DiffusionOptions, stopwatch: Stopwatch) {
  const encode = () => stopwatch.measure('text', () => model.textEncoder.encode(text));
  const { embeddings, prompt } = await once(options.shared, 'text', model, [text], encode);
  if (prompt.truncated) notice(options, `The prompt is too long for this model; left out: "${prompt.truncated}".`);
  if (prompt.unknownWords.length > 0) notice(options, model.describeUnknownWords(prompt.unknownWords));
  return embeddings;
}
