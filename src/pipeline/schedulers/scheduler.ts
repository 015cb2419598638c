import { FrameloomError, Generator, type OptionCheck, type Tensor, weightedSum } from '../core/index.js';
import { chosenSettings } from './chosenSettings.js';
import { completeConfig, readConfig } from './config.js';
import {
  checkExplicitSchedule,
  checkStepOptions,
  checkTimestepOptions,
  type RunKnob,
  type RunOptions,
  type StepOptions,
  stepOptionsOf,
  type TimestepOptions,
  timestepOptionsOf,
} from './runOptions.js';
import type { NoisePath } from './noisePath.js';
import { packMemory, type SchedulerMemory, type SchedulerState, unpackMemory } from './schedulerState.js';
import type { StepInput, StepOutput } from './schedulerStep.js';

export type { StepInput, StepOutput } from './schedulerStep.js';

/** A scheduler class, as the registry knows it: names, knobs and defaults, without an instance. */
export interface SchedulerClass<S extends Scheduler = Scheduler, C extends object = object> {
  /** Makes a scheduler: the knobs given, the others at their defaults. */
  new (config?: Partial<C>): S;
  /** Name of the class, as `scheduler_config.json` has it; survives bundlers, which rename classes. */
  readonly className: string;
  /** Every setting with its default, that of diffusers. */
  readonly defaults: Readonly<C>;
  /** Knobs of a run that the class reads, in `setTimesteps` or `step`. */
  readonly runKnobs: readonly RunKnob[];
  /** The path of noise that the network must have been trained on, for classes that follow only one; see `noisePath.ts`. */
  readonly noisePath?: NoisePath;
  /** Why no pipeline can run the class by itself, and what to do instead, for classes that need more than a prediction at every step. */
  readonly notRunAlone?: string;
  /** Checks of settings for which the class takes something else than the others. */
  readonly settingChecks?: Readonly<Record<string, OptionCheck>>;
  /** Refuses settings that are fine one by one, but not together. */
  requireFitting?(config: Readonly<C>): void;
  /** What other classes' words mean here, in settings that come out of another class's config. */
  fromPeer?(settings: Partial<C>): Partial<C>;
  /** See {@link Scheduler.fromConfig}. */
  fromConfig(json: Readonly<Record<string, unknown>>): S;
}

/**
 * Decides the path from noise to sample: which timesteps are visited and how each prediction moves the sample.
 *
 * The protocol and the names are those of diffusers' schedulers. A scheduler holds the state of one run: `setTimesteps`
 * starts a run, each `step` moves it on by one. A class says its name, defaults and knobs in static members
 * ({@link SchedulerClass}) and its mathematics in `arrange` and `makeStep`; the families (`families/`) hold what many share.
 */
export abstract class Scheduler<C extends object = object, M extends SchedulerMemory = SchedulerMemory> {
  /** Knobs of a run that the class reads; none unless it says so. */
  static readonly runKnobs: readonly RunKnob[] = [];

  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig<K extends SchedulerClass>(this: K, json: Readonly<Record<string, unknown>>): InstanceType<K> {
    const picked = readConfig(this.defaults, json);
    return new this(this.fromPeer?.(picked) ?? picked) as InstanceType<K>;
  }

  /** Every knob with its value; frozen. */
  readonly config: Readonly<C>;
  /** Timesteps of the run, noisiest first, one for each call of the UNet; empty before `setTimesteps`. */
  timesteps: readonly number[] = [];
  /** σ at each timestep and at the end, where the scheduler works in σ. */
  sigmas: readonly number[] | undefined;
  /** UNet calls that one step of the run takes: 2 for second-order methods, whose `timesteps` hold all calls. */
  readonly order: number = 1;
  /** Whether a run of less than full strength picks all its timesteps within its part of the schedule, rather than leave the first ones out. */
  readonly picksWithinStrength: boolean = false;

  /** Whether explicit σs hold the one after the last step, too. */
  protected readonly sigmasHoldLast: boolean = true;
  /** Calls of the run that are done, wherever in the schedule it began. */
  protected stepsDone = 0;
  /** What the next step takes from earlier ones. */
  protected memory: M;
  private index: number | undefined;
  private begin: number | undefined;
  /** The settings that the caller spelt out. */
  private readonly given: Partial<C>;
  /** Knobs that every run of this scheduler has. */
  private kept: RunOptions = {};

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value, or settings that exclude each other. */
  constructor(config: Partial<C> = {}) {
    const type = new.target as unknown as SchedulerClass<Scheduler, C>;
    this.given = chosenSettings(config);
    this.config = completeConfig(type.className, type.defaults as C, config, type.settingChecks);
    type.requireFitting?.(this.config);
    this.memory = this.freshMemory();
  }

  /** Name of the class, as `scheduler_config.json` has it. */
  get className(): string {
    return this.class.className;
  }

  /** Standard deviation that pure noise must have at the first timestep. */
  get initNoiseSigma(): number {
    return 1;
  }

  /** σ ⁄ α, noise on one unit of the clean sample, at each entry of `timesteps`. */
  abstract get noiseLevels(): readonly number[];

  /** Index into `timesteps` of the step under way; 0 before the first. */
  get stepIndex(): number {
    return this.index ?? this.begin ?? 0;
  }

  /** Knobs that every run of this scheduler has, beside its settings: see {@link withRunOptions}. */
  get runOptions(): Readonly<RunOptions> {
    return this.kept;
  }

  /** The kinds of explicit schedule that it takes as it is set up. */
  get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    return (['timesteps', 'sigmas'] as const).filter((kind) => this.class.runKnobs.includes(kind));
  }

  /** Steps of the explicit schedule that every run of this scheduler has; undefined where it has none. */
  get explicitSteps(): number | undefined {
    const { timesteps, sigmas } = this.kept;
    return timesteps?.length ?? (sigmas && sigmas.length - (this.sigmasHoldLast ? 1 : 0));
  }

  /** η where nobody says another, for schedulers that have one. */
  get defaultEta(): number {
    return 0;
  }

  /**
   * The scheduler that runs this one backwards, from a clean sample to the noise that this one would make it from;
   * undefined where there is none.
   */
  inverse(): Scheduler | undefined {
    return undefined;
  }

  /** The same scheduler, not yet begun, whose runs all have these knobs: `new EulerDiscreteScheduler().withRunOptions({ sChurn: 5 })`. */
  withRunOptions(options: RunOptions): this {
    const copy = new this.class(this.given) as this;
    copy.kept = Object.freeze({ ...this.kept, ...options });
    checkTimestepOptions(timestepOptionsOf(copy.kept));
    checkStepOptions(stepOptionsOf(copy.kept));
    return copy;
  }

  /**
   * A fresh scheduler for a model: settings that were spelt out stay, all others come from the model's
   * `scheduler_config.json`, so that `new EulerDiscreteScheduler()` fits every model's noise schedule and prediction type.
   */
  adaptedTo(modelConfig: Readonly<Record<string, unknown>>): this {
    return (this.class.fromConfig({ ...modelConfig, ...this.given }) as this).withRunOptions(this.kept);
  }

  /**
   * Prepares a run of `numInferenceSteps` steps and forgets the last one.
   *
   * @throws {FrameloomError} `FL_ARGUMENT`, `FL_SCHEDULER_CONFIG` for a schedule that the scheduler cannot follow.
   */
  setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    const merged = { ...timestepOptionsOf(this.kept), ...options };
    checkTimestepOptions(merged);
    this.arrange(numInferenceSteps, merged);
    this.stepsDone = 0;
    this.index = undefined;
    this.begin = undefined;
    this.memory = this.freshMemory();
  }

  /**
   * Moves the sample from `timestep` to the next one.
   *
   * @param modelOutput the UNet's (guided) output.
   * @param timestep the entry of `timesteps` that the output was made for.
   * @param sample the sample that the output was made from, before `scaleModelInput`.
   */
  step(modelOutput: Tensor, timestep: number, sample: Tensor, options: StepOptions = {}): StepOutput {
    const merged = {
      ...stepOptionsOf(this.kept),
      ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    };
    checkStepOptions(merged);
    const index = this.indexFor(timestep);
    const output = this.makeStep({ modelOutput, timestep, index, sample, options: merged });
    this.index = index + 1;
    this.stepsDone++;
    return output;
  }

  /** The clean sample noised to the level of `timestep`. */
  abstract addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor;

  /** What the UNet must be fed at `timestep` in place of `sample`. */
  scaleModelInput(sample: Tensor, _timestep: number): Tensor {
    return sample;
  }

  /** Says at which entry of `timesteps` the run will start, where it is not the first (image to image). */
  setBeginIndex(index: number): void {
    this.begin = index;
  }

  /** All that the rest of the run depends on; see {@link restore}. */
  get state(): SchedulerState {
    return packMemory(this.stepsDone, this.memory);
  }

  /** Puts back a `state` of the same settings and timesteps; to be called after `setTimesteps` and `setBeginIndex`. */
  restore(state: SchedulerState): void {
    this.stepsDone = state.numbers[0] ?? 0;
    this.memory = unpackMemory(state, this.freshMemory());
  }

  /** Most tensors that `state` can hold. */
  get mostStateTensors(): number {
    return 0;
  }

  /** Sets `timesteps`, and `sigmas` where there are any. */
  protected abstract arrange(numInferenceSteps: number, options: TimestepOptions): void;

  /** The mathematics of one step. */
  protected abstract makeStep(step: StepInput): StepOutput;

  /** The memory before the first step; schedulers whose steps do not depend on each other have none. */
  protected freshMemory(): M {
    return {} as M;
  }

  /** The class with its static members. */
  protected get class(): SchedulerClass<Scheduler, C> {
    return this.constructor as unknown as SchedulerClass<Scheduler, C>;
  }

  /** The index of the step for `timestep`, kept from then on. */
  protected indexFor(timestep: number): number {
    if (this.timesteps.length === 0) {
      throw new FrameloomError(
        'FL_SCHEDULER_NOT_SET',
        `${this.className} has no timesteps yet: call setTimesteps(numInferenceSteps) before the first step.`,
      );
    }
    this.index ??= this.begin ?? this.find(timestep);
    return this.index;
  }

  /** The index whose noise level `addNoise` should use; of a timestep that stands twice the second, as in diffusers. */
  protected indexForNoise(timestep: number): number {
    if (this.index !== undefined || this.begin !== undefined) return this.stepIndex;
    const first = this.find(timestep);
    const second = first === 0 ? this.timesteps.indexOf(timestep, 1) : -1;
    return second === -1 ? first : second;
  }

  /** Standard normal noise in the shape of `like`. */
  protected noise(like: Tensor, options: StepOptions): Tensor {
    const source = options.generator ?? new Generator(Math.floor(Math.random() * 2 ** 32));
    return source.randn(like.dims);
  }

  /** Refuses explicit schedules that this scheduler cannot follow or that do not fit. @param fractional whether timesteps may lie between the trained ones. */
  protected checkExplicit(numInferenceSteps: number, options: TimestepOptions, fractional = false): void {
    const { numTrainTimesteps = Infinity } = this.config as { numTrainTimesteps?: number };
    checkExplicitSchedule(numInferenceSteps, options, {
      className: this.className,
      takes: this.explicitSchedules,
      lastTimestep: numTrainTimesteps - 1,
      fractional,
      sigmasHoldLast: this.sigmasHoldLast,
    });
  }

  private find(timestep: number): number {
    const first = this.timesteps.indexOf(timestep);
    if (first === -1) {
      throw new FrameloomError(
        'FL_SCHEDULER_TIMESTEP',
        `${timestep} is not a timestep of this run (${this.timesteps.slice(0, 4).join(', ')}, …).`,
      );
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
