import { setImmediate } from 'node:timers/promises';
import { type Generator, type Tensor, throwIfAborted } from '../core/index.js';
import type { Conditioning, LatentDiffusionNetworks } from '../networks/index.js';
import type { NoiseSource, Scheduler } from '../schedulers/index.js';
import { withCache } from './cachedNetwork.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import type { ContextPlan } from './contextWindows.js';
import { denoise, type DenoiseObserver, type DenoiseRun, tellStep } from './denoise.js';
import type { FrameNoise } from './frameNoise.js';
import { type Control, controlFrames, type GuidanceStep, type ModelFamily, type ShownFrames } from './families/index.js';
import { conditionTerms, type Guidance, type GuidanceStrength } from './guidance.js';
import { scheduledGuidance } from './guidanceSchedule.js';
import { framesOfGuidance } from './framesOfGuidance.js';
import { type KeptRegion, keptOutside } from './keptRegion.js';
import type { ClipSchedules } from './keyframes/index.js';
import type { DiffusionOptions, FrameSpan, StepState } from './options.js';
import type { PreparationWatch } from './preparationWatch.js';
import type { NetworkCalls } from './networkCalls.js';
import type { ProgressTracker } from './progress.js';
import { stepSteering } from './stepSteering.js';
import type { Stopwatch } from './stopwatch.js';
import type { TravellingPrompt } from './travellingPrompt.js';

/** What a run is set up with: its options with every default filled in and every value checked. */
export interface RunSetup<Options extends DiffusionOptions = DiffusionOptions> {
  /** The model. */
  readonly model: LatentDiffusionNetworks;
  /** The prompt as given. */
  readonly prompt: string;
  /** The text that the network is guided by: the prompt, unless an edit looks at a part of the picture alone. */
  readonly guidedBy: string;
  /** Denoising steps of the whole schedule. */
  readonly numInferenceSteps: number;
  /** What to steer by, as far as text says; {@link PreparedRun.guide} adds what the network is shown. */
  readonly guidance: Guidance;
  /** Which kind of model it is, and what that feeds its network. */
  readonly family: ModelFamily;
  /** What makes the run's predictions: the model's UNet, or, with a `context`, the same window by window. Between its calls the run can be interrupted. */
  readonly unet: DenoisingNetwork;
  /** How the clip is predicted window by window at every step; undefined where it is seen at once. */
  readonly context: ContextPlan | undefined;
  /** What the frames are told in place of the prompt; undefined where they are all told the prompt. */
  readonly travel: TravellingPrompt | undefined;
  /** The numbers that differ from frame to frame. */
  readonly schedules: ClipSchedules;
  /** The ControlNets that steer. */
  readonly controls: readonly Control[];
  /** How far guidance goes, at the most, and how far its contrast is brought back, as chosen. */
  readonly guidanceStrength: GuidanceStrength;
  /** Encodes a further prompt for the UNet. */
  readonly condition: (text: string) => Promise<Conditioning>;
  /** Makes a scheduler for one window, with its timesteps set; some pick them from the part of the schedule that `strength` leaves. */
  readonly newScheduler: (strength?: number) => Scheduler;
  /** The whole number that fixes the noise. */
  readonly seed: number;
  /** The one source of noise of the run; encoding and sampling take from it in turn. */
  readonly generator: Generator;
  /** Noise per frame, from `generator`. */
  readonly noise: FrameNoise;
  /** Frames of the clip a second. */
  readonly fps: number;
  /** Size of the pictures, in pixels. */
  readonly size: {
    /** From left to right. */
    readonly width: number;
    /** From top to bottom. */
    readonly height: number;
  };
  /** The options as given. */
  readonly options: Options;
  /** Takes the times. */
  readonly stopwatch: Stopwatch;
  /** Shows what comes before the first step; undefined when nobody watches. */
  readonly watch: PreparationWatch | undefined;
  /** Tells how far the run has come. */
  readonly progress: ProgressTracker;
  /** Follows the calls of the networks; those of {@link RunSetup.unet} are followed by themselves. */
  readonly calls: NetworkCalls;
}

/** One pass of denoising within a run: where it starts, and what it keeps. */
export type DenoisePass = Pick<DenoiseRun, 'scheduler' | 'latents' | 'frames' | 'doneSteps' | 'keep' | 'endIndex' | 'refine' | 'beside'> & {
  /** What makes the predictions, in the place of the run's own. */
  readonly unet?: DenoisingNetwork;
  /** What to steer by, step by step, in the place of {@link PreparedRun.guide}. */
  readonly guidanceAt?: (step: GuidanceStep) => Guidance;
  /** Where stochastic schedulers take noise from; the run's own by default. */
  readonly noise?: NoiseSource;
  /** Entry of `scheduler.timesteps` to start at; 0 by default. */
  readonly beginIndex?: number;
};

/** A run that is ready to denoise: what every window of it shares. */
export interface PreparedRun<Options extends DiffusionOptions = DiffusionOptions> extends RunSetup<Options> {
  /** Follows every pass of denoising without changing it; undefined when nobody does. */
  observer?: DenoiseObserver;
  /** Latents that stand before those of the clip, as the family has them; made when they are first asked for. */
  leading(): Promise<Tensor | undefined>;
  /** Shows the source's pictures of the frames that come next, for networks and ControlNets that look at them. */
  show(shown: ShownFrames): void;
  /**
   * What the predictions of some frames are guided by, step by step: the texts, and all that the network is shown. For a loop of one's own, to be asked for
   * once the noise that it starts from is drawn.
   */
  guide(frames: FrameSpan): Promise<(step: GuidanceStep) => Guidance>;
  /**
   * The diffusion loop with the run's own network, guidance, noise and callbacks: from the latents given to those that fit the prompt.
   * Where the edit has a mask and the pass does not say what it keeps, the noised source stands outside of it at every step.
   *
   * @returns latents in the shape of those given.
   * @throws what {@link denoise} throws.
   */
  denoise(pass: DenoisePass): Promise<Tensor>;
  /**
   * For a loop of one's own, to be awaited after each step: reports progress, calls `callbackOnStepEnd` and lets interrupts through.
   * What such a loop does is not captured.
   *
   * @returns the latents to go on with, and whether to end here with `predOriginalSample`.
   * @throws {AbortError} when the run is interrupted; {@link FrameloomError} `FL_CALLBACK_LATENTS`.
   */
  stepDone(state: StepState): Promise<{ latents: Tensor; stop: boolean }>;
}

/** A run out of what it is set up with. @throws what {@link stepSteering} throws. */
export function preparedRun<Options extends DiffusionOptions>(setup: RunSetup<Options>): PreparedRun<Options> {
  const { unet, family, controls, noise, options, stopwatch, progress } = setup;
  const steering = stepSteering(setup);
  const onStep = ({ step, timestep, sigma }: StepState) => progress.stepDone(step, timestep, sigma);
  let shown: ShownFrames | undefined;
  let leading: Promise<Tensor | undefined> | undefined;
  /** What a pass keeps outside of the region that was shown, where the method does not say itself. */
  const keptBy = ({ scheduler, latents, frames }: DenoisePass, beginIndex: number): KeptRegion | undefined =>
    shown?.region?.kept
      ? keptOutside(shown.region.kept, shown.region.pixels, scheduler, beginIndex, noise.forFrames(frames.start, latents.dims))
      : undefined;
  const scheduled = (guidanceAt: (step: GuidanceStep) => Guidance) => (step: GuidanceStep) =>
    scheduledGuidance(guidanceAt(step), step, options);
  const run: PreparedRun<Options> = {
    ...setup,
    leading: () => (leading ??= family.leadingLatents?.(setup) ?? Promise.resolve(undefined)),
    show: (next) => void (shown = next),
    async guide(frames) {
      const seen = { ...shown, frames, leading: await run.leading() };
      const ofFamily = await family.guide({ ...setup, guidance: framesOfGuidance(setup, frames) }, seen);
      const embeddings = setup.travel?.embeddingsOf(frames);
      const told = embeddings ? conditionTerms(ofFamily, (each, term) => (term === 0 ? { ...each, embeddings } : each)) : ofFamily;
      const control = controls.length === 0 ? () => told : await controlFrames(setup, controls, seen);
      const steer = await steering(frames);
      return (step) => steer(control(told, step), step);
    },
    denoise: async ({ beginIndex = 0, noise: ownNoise = noise, ...pass }) => {
      const keep = pass.keep ?? keptBy(pass, beginIndex);
      const guidanceAt = scheduled(pass.guidanceAt ?? (await run.guide(pass.frames)));
      const leading = await run.leading();
      const conditioned = shown?.conditioned;
      progress.denoising();
      return withCache(pass.unet ?? unet, options, pass.frames, () =>
        denoise({
          unet,
          noise: ownNoise,
          eta: options.eta,
          callbackOnStepEnd: options.callbackOnStepEnd,
          signal: options.signal,
          stopwatch,
          observer: run.observer,
          onStep,
          beginIndex,
          leadingFrames: leading?.dims[0] ?? conditioned?.leadingAt.length,
          conditioned,
          ...pass,
          guidanceAt,
          ...(keep && { keep }),
        }),
      );
    },
    async stepDone(state) {
      const leading = await run.leading();
      const own = { ...state, ...(leading && { leadingFrames: leading.dims[0]! }) };
      const told = await tellStep({ onStep, callbackOnStepEnd: options.callbackOnStepEnd }, own);
      await setImmediate();
      throwIfAborted(options.signal, 'Denoising');
      return told;
    },
  };
  return run;
}
