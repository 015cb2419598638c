import {
  cachedNetwork,
  capturePlan,
  contextPlan,
  ContextUNet,
  FrameNoise,
  guidanceScheduleOf,
  classifierFreeGuidance,
  controlsOf,
  familyOf,
  type ClipSchedules,
  conditionTerms,
  isSchedule,
  type NumberSchedule,
  oneNumber,
  notice,
  once,
  type DiffusionOptions,
  PreparationWatch,
  type ModelFamily,
  type NoiseOrder,
  type PreparedRun,
  NetworkCalls,
  preparedRun,
  ProgressTracker,
  recordedContext,
  requireGuidanceSchedule,
  requireTravel,
  rewritesOf,
  shownClips,
  steeringOf,
  Stopwatch,
  TravellingPrompt,
  WatchedUNet,
  windowsInside,
} from '../diffusion/index.js';
import { RunRecorder, type RunModel } from '../capture/index.js';
import { ArgumentError, Generator } from '../core/index.js';
import { asMask, recordedMask } from '../masks/index.js';
import { FIRST_TIMESTEP, type LatentDiffusionNetworks, type LoraWeight, type RunSize, weightAt } from '../networks/index.js';
import { chosenScheduler, requireRunAlone } from '../schedulers/index.js';

/** A model that makes and edits videos, as far as its pipelines know it. */
export interface PipelineModel extends LatentDiffusionNetworks, RunModel {}

/** What is made, or edited, at a time. */
export interface RunShape extends RunSize {
  /** Frames of the clip a second. */
  readonly fps: number;
  /** The numbers that differ from frame to frame; none by default. */
  readonly schedules?: ClipSchedules;
}

/** A run that keeps what its options ask to be captured. */
export interface RecordedPass<Options extends DiffusionOptions = DiffusionOptions> extends PreparedRun<Options> {
  /** Undefined when the options ask for nothing. */
  observer?: RunRecorder;
}

/**
 * Encodes the prompts and sets up scheduler and noise; checks what takes a model to know.
 *
 * @param options checked by `optionChecks.ts`.
 * @param edits whether there is a source.
 * @param shape of the clip; the size of the pictures is checked against the model's grid.
 * @throws {ArgumentError} naming the option that cannot be used.
 */
export async function prepareRun<Options extends DiffusionOptions>(
  model: LatentDiffusionNetworks,
  prompt: string,
  options: Options,
  { frames, fps, schedules = {}, ...size }: RunShape,
  edits: boolean,
): Promise<PreparedRun<Options>> {
  const family = familyOf(model, options);
  if (!edits && options.mask) throw new ArgumentError('mask', options.mask, 'left out where there is no clip to edit');
  family.check({ model, options }, edits);
  const context = contextPlan(model, options);
  const cache = cachedNetwork(model, options, (done, all) => calls.predicting(done, all));
  requireGuidanceSchedule(model, options);
  requireTravel(model, options);
  const controls = controlsOf({ model, options, family }, edits);
  if (typeof prompt !== 'string') throw new ArgumentError('prompt', prompt, 'text');
  const ownScheduler = () => chosenScheduler(options.scheduler ?? model.scheduler, model.schedulerConfig);
  requireRunAlone(ownScheduler());
  const numInferenceSteps = options.numInferenceSteps ?? ownScheduler().explicitSteps ?? model.recommended.numInferenceSteps;
  // A scale of 1 or less is none.
  const scales = schedules.guidanceScale?.map((each) => Math.max(1, each));
  const scale = scales?.reduce((most, each) => Math.max(most, each)) ?? oneNumber(options.guidanceScale) ?? model.recommended.guidanceScale;
  const rescale = options.guidanceRescale ?? 0;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const generator = options.shared?.generator(seed) ?? new Generator(seed);
  const stopwatch = options.stopwatch ?? new Stopwatch();
  model.requireSize(size.width, size.height);

  const newScheduler = (strength?: number) => {
    const scheduler = ownScheduler();
    scheduler.setTimesteps(numInferenceSteps, { strength, ...model.timestepOptions(scheduler, numInferenceSteps, { ...size, frames }) });
    return scheduler;
  };
  const about = options.scheduler === undefined ? model.takeSchedulerNotice() : undefined;
  for (const text of [...(about === undefined ? [] : [about]), ...model.takeDeviceNotices()]) notice(options, text);
  // Settings that do not work together come to light before any work is done.
  const { timesteps } = newScheduler();

  const loraWeights = model.loras.weights(weightsOfLoras(options, schedules));
  const rewrites = [...rewritesOf(model, options), ...windowsInside(model, context)];
  const guided = scale > 1 && !model.unet.takesGuidanceScale;
  const condition = async (text: string) => ({
    embeddings: await encodePrompt(model, text, loraWeights(FIRST_TIMESTEP), options, stopwatch),
    guidanceScale: scale,
    loraWeights,
    rewrites,
  });
  const guidanceStrength = { scale, rescale };
  const guidance = classifierFreeGuidance(await condition(prompt), guided ? await condition(options.negativePrompt ?? '') : undefined, {
    scale: scales ?? scale,
    rescale,
  });
  const noise = new FrameNoise(generator, orderOfNoise(model, family), options.sharedNoise ?? false);
  const watch = PreparationWatch.ofHost(model, options.signal);
  const progress = new ProgressTracker(options.onProgress);
  const calls = new NetworkCalls(progress, options.signal);
  capturePlan(options.capture); // A wish that cannot be read is found before the work.
  return preparedRun({
    model,
    prompt,
    guidedBy: prompt,
    numInferenceSteps,
    guidance,
    guidanceStrength,
    family,
    unet:
      cache ??
      (context && !context.inside
        ? new ContextUNet(model.unet, context, timesteps, calls.predicting)
        : new WatchedUNet(model.unet, calls.predicting)),
    context,
    travel: options.promptTravel && (await TravellingPrompt.encode(options.promptTravel, condition)),
    schedules,
    controls,
    condition,
    newScheduler,
    seed,
    generator,
    noise,
    fps,
    size,
    options,
    stopwatch,
    watch,
    progress,
    calls,
  });
}

function orderOfNoise({ unet }: LatentDiffusionNetworks, { compressesTime }: ModelFamily): NoiseOrder {
  return compressesTime ? 'clip' : unet.hasMotion ? 'motion' : 'frames';
}

/** The run guided by another text than its prompt. */
export async function guideBy<Options extends DiffusionOptions>(run: PreparedRun<Options>, text: string): Promise<PreparedRun<Options>> {
  if (text === run.guidedBy) return run;
  const told = await run.condition(text);
  const guidance = conditionTerms(run.guidance, (before, term) => (term === 0 ? told : before));
  return preparedRun({ ...run, guidedBy: text, guidance });
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
    guidanceScale: isSchedule(run.options.guidanceScale) ? run.options.guidanceScale : run.guidanceStrength.scale,
    guidanceRescale: run.guidanceStrength.rescale,
    // Cloned, a config no longer knows which settings nobody chose: the record holds them all.
    scheduler: {
      name: scheduler.className,
      config: structuredClone(scheduler.config),
      ...(Object.keys(scheduler.runOptions).length > 0 ? { options: structuredClone(scheduler.runOptions) } : {}),
    },
    eta: run.options.eta ?? scheduler.runOptions.eta ?? scheduler.defaultEta,
    sharedNoise: run.options.sharedNoise ?? false,
    ...recordedContext(run.context),
    ...recordedLoras(run, scheduler.timesteps),
    ...steering(run.options),
    ...run.size,
  };
}

/** How strongly each LoRA acted: a number where it did not change, else at each timestep, since a function cannot be written down. */
function recordedLoras(
  { model: { loras }, options }: PreparedRun,
  timesteps: readonly number[],
): { loraWeights?: DiffusionOptions['loraWeights'] } {
  if (loras.all.length === 0) return {};
  const recorded = (weight: LoraWeight | NumberSchedule): LoraWeight | NumberSchedule =>
    typeof weight === 'function'
      ? [FIRST_TIMESTEP, ...timesteps].map((timestep) => [timestep, weightAt(weight, timestep)] as const)
      : weight;
  return { loraWeights: Object.fromEntries(loras.all.map(({ name, weight }) => [name, recorded(options.loraWeights?.[name] ?? weight)])) };
}

/** What is recorded of how the network was steered besides, as far as it was said. */
function steering(options: DiffusionOptions): Record<string, unknown> {
  const { imageGuidanceScale, conditioningScale, controlEdges, controlnetConditioningScale, controlGuidanceStart, controlGuidanceEnd } =
    options;
  const { decodeTimestep, decodeNoiseScale } = options;
  const shown = shownClips(options);
  const { mask, promptTravel, camera, firstBlockCacheThreshold } = options;
  const said = {
    promptTravel,
    camera,
    firstBlockCacheThreshold,
    imageGuidanceScale,
    conditioningScale,
    controlEdges,
    controlnetConditioningScale,
    controlGuidanceStart,
    controlGuidanceEnd,
    decodeTimestep,
    decodeNoiseScale,
  };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...steeringOf(options),
    ...guidanceScheduleOf(options),
    ...(shown.length > 0 ? { shownClips: shown } : {}),
    ...(mask && { mask: recordedMask(asMask(mask)) }),
  };
}

/** How strongly LoRAs act, by timestep; of numbers by frames the first, which the text encoder takes. */
function weightsOfLoras({ loraWeights = {} }: DiffusionOptions, schedules: ClipSchedules): Record<string, LoraWeight> {
  const weightOf = (name: string, weight: LoraWeight | NumberSchedule) => schedules.loraWeights?.get(name)?.[0] ?? (weight as LoraWeight);
  return Object.fromEntries(Object.entries(loraWeights).map(([name, weight]) => [name, weightOf(name, weight)]));
}

async function encodePrompt(
  model: LatentDiffusionNetworks,
  text: string,
  strengths: readonly number[],
  options: DiffusionOptions,
  stopwatch: Stopwatch,
) {
  const encode = () => stopwatch.measure('text', () => model.textEncoder.encode(text, strengths));
  const { embeddings, prompt, onDisk } = await once(options.shared, 'text', model, [text, ...strengths], encode);
  if (onDisk) tellOfCache(model, onDisk, options);
  if (prompt.truncated) notice(options, `The prompt is too long for this model; left out: "${shortened(prompt.truncated)}".`);
  if (prompt.unknownWords.length > 0) notice(options, model.describeUnknownWords(prompt.unknownWords));
  return embeddings;
}

/** Says once of a model's runs that a prompt is kept on disk, and once that it was read from there. */
function tellOfCache(model: LatentDiffusionNetworks, onDisk: 'read' | 'written', options: DiffusionOptions): void {
  const text = model.takePromptNotice(onDisk);
  if (text !== undefined) notice(options, text);
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
