import { anything, checkOptions, flag, number, type OptionCheck, type OptionChecks, wholeNumber, ArgumentError, FrameloomError, Generator, type Tensor, weightedSum } from '../core/index.js';
import { chosenSettings } from './chosenSettings.js';
import type { NoiseScheduleConfig } from './config.js';

/** Anything that gives standard normal noise of a shape; {@link Generator} is one. */
export interface NoiseSource {
  /** Standard normal noise of the given shape. */
  randn(dims: readonly number[]): Tensor;
}

/** What {@link Scheduler.step} may be told beside the prediction. Each scheduler reads what it knows and ignores the rest. */
export interface StepOptions {
  /** Where schedulers that add noise take it from; without one they take unseeded noise. */
  generator?: NoiseSource;
  /** DDIM's η: 0 adds no noise, 1 as much as DDPM. */
  eta?: number;
  /** DDIM: derive ε anew from the clipped clean sample. */
  useClippedModelOutput?: boolean;
  /** Euler's stochasticity (Karras et al. 2022, algorithm 2): how much noise is added back a step. */
  sChurn?: number;
  /** Euler: smallest σ at which noise is added back. */
  sTmin?: number;
  /** Euler: largest σ at which noise is added back. */
  sTmax?: number;
  /** Euler: scale of the noise added back. */
  sNoise?: number;
}

/** What one step gives. */
export interface StepOutput {
  /** The sample at the next, less noisy timestep. */
  prevSample: Tensor;
  /** The clean sample as predicted at this step. */
  predOriginalSample: Tensor;
}

/** How {@link Scheduler.setTimesteps} may be told another schedule than its own. */
export interface TimestepOptions {
  /** LCM: the part of the schedule that will run, 0…1, since its timesteps are chosen from that part. */
  strength?: number;
  /** LCM: length of the schedule that the model was distilled on. */
  originalInferenceSteps?: number;
  /** Explicit timesteps, noisiest first, as many as `numInferenceSteps` (Euler, DPM-Solver, LCM). */
  timesteps?: readonly number[];
  /** Explicit σs, noisiest first and one more than `numInferenceSteps` (Euler). */
  sigmas?: readonly number[];
}

const numbers: OptionCheck = (value) => (Array.isArray(value) && value.every((entry) => Number.isFinite(entry)) ? undefined : 'a list of numbers');
const timestepChecks: OptionChecks<TimestepOptions> = { strength: number(0, 1), originalInferenceSteps: wholeNumber(1, Number.MAX_SAFE_INTEGER), timesteps: numbers, sigmas: numbers };

const amount = number(0, Infinity);
const stepChecks: OptionChecks<StepOptions> = { generator: anything, eta: number(0, 1), useClippedModelOutput: flag, sChurn: amount, sTmin: amount, sTmax: amount, sNoise: amount };

/**
 * Decides the path from noise to sample: which timesteps are visited and how each prediction moves the sample.
 *
 * The protocol and the names are those of diffusers' schedulers. A scheduler holds the state of one run:
 * `setTimesteps` starts a run, each `step` moves it on by one.
 */
export abstract class Scheduler {
  /** Name of the class, as `scheduler_config.json` has it; survives bundlers, which rename classes. */
  abstract readonly className: string;
  /** Every knob with its value; frozen. */
  abstract readonly config: Readonly<object>;
  /** Timesteps of the run, noisiest first; empty before `setTimesteps`. */
  timesteps: readonly number[] = [];
  /** σ at each timestep and at the end, where the scheduler works in σ. */
  sigmas: readonly number[] | undefined;
  /** UNet calls that one step of the run takes. */
  readonly order: number = 1;
  /** Whether a run of less than full strength picks all its timesteps within its part of the schedule, rather than leave the first ones out. */
  readonly picksWithinStrength: boolean = false;
  /** Standard deviation that pure noise must have at the first timestep. */
  get initNoiseSigma(): number {
    return 1;
  }

  /**
   * Steps of this run that are done, wherever in the schedule it began; what {@link history} means may depend on it. Where a
   * run goes on from between two steps it is to be set first.
   */
  stepsDone = 0;

  private index: number | undefined;
  private begin: number | undefined;

  /** The settings that the caller spelt out. */
  private readonly given: object;

  /** @param given the settings that the caller spelt out; {@link adaptedTo} keeps them. */
  protected constructor(given: object) {
    this.given = chosenSettings(given);
  }

  /** Prepares a run of `numInferenceSteps` steps and forgets the last one. */
  abstract setTimesteps(numInferenceSteps: number, options?: TimestepOptions): void;

  /**
   * Moves the sample from `timestep` to the next one.
   *
   * @param modelOutput the UNet's (guided) output.
   * @param timestep the entry of `timesteps` that the output was made for.
   * @param sample the sample that the output was made from, before `scaleModelInput`.
   */
  abstract step(modelOutput: Tensor, timestep: number, sample: Tensor, options?: StepOptions): StepOutput;

  /** The clean sample noised to the level of `timestep`. */
  abstract addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor;

  /** What the UNet must be fed at `timestep` in place of `sample`. */
  scaleModelInput(sample: Tensor, _timestep: number): Tensor {
    return sample;
  }

  /**
   * A fresh scheduler for a model: settings that were spelt out stay, all others come from the model's
   * `scheduler_config.json`, so that `new EulerDiscreteScheduler()` fits every model's noise schedule and prediction type.
   */
  adaptedTo(modelConfig: Readonly<Record<string, unknown>>): this {
    const { fromConfig } = this.constructor as unknown as { fromConfig(json: object): Scheduler };
    return fromConfig({ ...modelConfig, ...this.given }) as this;
  }

  /** Says at which entry of `timesteps` the run will start, where it is not the first (image to image). */
  setBeginIndex(index: number): void {
    this.begin = index;
  }

  /** Index into `timesteps` of the step under way; 0 before the first. */
  get stepIndex(): number {
    return this.index ?? this.begin ?? 0;
  }

  /** What the next step takes from earlier ones: converted predictions, newest first; empty for single-step methods. */
  get history(): readonly Tensor[] {
    return [];
  }

  /** Puts a run's {@link history} back, so that it can go on from between two steps; to be set after `setTimesteps`. */
  set history(_kept: readonly Tensor[]) {
    // Single-step methods take nothing from earlier steps.
  }

  /** Most tensors that {@link history} can hold. */
  get historyLength(): number {
    return 0;
  }

  /** To be called by `setTimesteps`: the next `step` is the first of a run. */
  protected beginRun(): void {
    this.stepsDone = 0;
    this.index = undefined;
    this.begin = undefined;
  }

  /** The index of the step for `timestep`, kept from then on; checks the options of a `step` that has any. */
  protected indexFor(timestep: number, options?: StepOptions): number {
    if (options) checkOptions('step', options, stepChecks);
    if (this.timesteps.length === 0) {
      throw new FrameloomError('FL_SCHEDULER_NOT_SET', `${this.className} has no timesteps yet: call setTimesteps(numInferenceSteps) before the first step.`);
    }
    this.index ??= this.begin ?? this.find(timestep);
    return this.index;
  }

  /** The index whose noise level `addNoise` should use. */
  protected indexForNoise(timestep: number): number {
    return this.index ?? this.begin ?? this.find(timestep);
  }

  /** To be called at the end of `step`. */
  protected advance(): void {
    this.index = this.stepIndex + 1;
    this.stepsDone++;
  }

  /** Standard normal noise in the shape of `like`. */
  protected noise(like: Tensor, options: StepOptions): Tensor {
    const source = options.generator ?? new Generator(Math.floor(Math.random() * 2 ** 32));
    return source.randn(like.dims);
  }

  /**
   * To be called by `setTimesteps`: refuses explicit schedules that this scheduler cannot follow or that do not fit.
   *
   * @param takes what this scheduler can follow.
   * @param timesteps whether it can be told of timesteps between the trained ones.
   */
  protected checkExplicit(numInferenceSteps: number, options: TimestepOptions, takes: readonly ('timesteps' | 'sigmas')[], timesteps: 'whole' | 'fractional' = 'whole'): void {
    checkOptions('setTimesteps', options, timestepChecks);
    for (const kind of ['timesteps', 'sigmas'] as const) {
      const given = options[kind];
      if (!given) continue;
      if (!takes.includes(kind)) {
        throw new FrameloomError('FL_SCHEDULER_CONFIG', `${this.className} with these settings cannot follow explicit ${kind}; leave them out, or choose another scheduler.`);
      }
      const wanted = kind === 'sigmas' ? numInferenceSteps + 1 : numInferenceSteps;
      if (given.length !== wanted || given.some((value, i) => i > 0 && value >= given[i - 1]!)) {
        throw new ArgumentError(kind, given, `${wanted} falling numbers for ${numInferenceSteps} steps`);
      }
      if (given.at(-1)! < 0) throw new ArgumentError(kind, given, 'numbers of 0 or more');
    }
    const { numTrainTimesteps } = this.config as NoiseScheduleConfig;
    if (options.timesteps && (options.timesteps[0]! > numTrainTimesteps - 1 || (timesteps === 'whole' && !options.timesteps.every(Number.isInteger)))) {
      throw new ArgumentError('timesteps', options.timesteps, `${timesteps === 'whole' ? 'whole ' : ''}numbers up to ${numTrainTimesteps - 1}, the noisiest timestep that was trained`);
    }
  }

  private find(timestep: number): number {
    const first = this.timesteps.indexOf(timestep);
    if (first === -1) {
      throw new FrameloomError('FL_SCHEDULER_TIMESTEP', `${timestep} is not a timestep of this run (${this.timesteps.slice(0, 4).join(', ')}, …).`);
    }
    // Where a timestep stands twice, diffusers starts at the second, so that no sigma is skipped; at the very beginning that
    // would leave one σ too few (diffusers then fails at the end).
    const second = first === 0 ? -1 : this.timesteps.indexOf(timestep, first + 1);
    return second === -1 ? first : second;
  }
}

/** `signal·original + noise·noiseTensor`: the forward process at a given noise level. */
export function noised(original: Tensor, noise: Tensor, signalShare: number, noiseShare: number): Tensor {
  return weightedSum([signalShare, original], [noiseShare, noise]);
}
