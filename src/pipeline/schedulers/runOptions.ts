import {
  anything,
  ArgumentError,
  checkOptions,
  flag,
  FrameloomError,
  instanceOf,
  number,
  oneOf,
  type OptionCheck,
  type OptionChecks,
  Tensor,
  wholeNumber,
} from '../core/index.js';
import { type NamedSigmaSchedule, namedSigmaSchedules } from './namedSigmas.js';

/** Anything that gives standard normal noise of a shape; `Generator` is one. */
export interface NoiseSource {
  /** Standard normal noise of the given shape. */
  randn(dims: readonly number[]): Tensor;
  /** The seed that it began with, for schedulers whose noise has seeds of its own. */
  readonly seed?: number | bigint;
  /** A source that draws in the same order from another seed. */
  seeded?(seed: number | bigint): NoiseSource;
}

/** ½π, with room for its usual spelling, 1.5708. */
const HALF_PI = Math.PI / 2 + 1e-4;

/** What {@link Scheduler.step} may be told beside the prediction. Each scheduler reads what it knows and ignores the rest. */
export interface StepOptions {
  /** Where schedulers that add noise take it from; without one they take unseeded noise. */
  generator?: NoiseSource;
  /** DDIM's η, 0 … 1: 0 adds no noise, 1 as much as DDPM. 0 by default. */
  eta?: number;
  /** DDIM: derive ε anew from the clipped clean sample; false by default. */
  useClippedModelOutput?: boolean;
  /** Euler's stochasticity (Karras et al. 2022, algorithm 2), 0 or more: how much noise is added back a step; 0 by default. */
  sChurn?: number;
  /** Euler: smallest σ at which noise is added back; 0 by default. */
  sTmin?: number;
  /** Euler: largest σ at which noise is added back; ∞ by default. */
  sTmax?: number;
  /** Euler: scale of the noise added back; 1 by default. */
  sNoise?: number;
  /** RePaint: the picture whose parts stay, in the sample's shape. */
  originalImage?: Tensor;
  /** RePaint: 1 where it stays, 0 where it is painted, in the sample's shape. */
  mask?: Tensor;
  /** LMS: how many predictions a step is made from, 1 … 4; 4 by default. */
  order?: number;
  /** EDM's Euler: the clean sample, where it is known otherwise than by the prediction (guidance that corrects it). */
  predOriginalSample?: Tensor;
  /** FlowMatchEuler: timesteps of their own for every token, `[batch, tokens]`, of a sample `[batch, tokens, channels]`. */
  perTokenTimesteps?: Tensor;
}

/** How {@link Scheduler.setTimesteps} may be told another schedule than its own. */
export interface TimestepOptions {
  /** LCM: the part of the schedule that will run, above 0 up to 1, since its timesteps are chosen from that part. */
  strength?: number;
  /** LCM: length of the schedule that the model was distilled on. */
  originalInferenceSteps?: number;
  /** Explicit timesteps, noisiest first, as many as `numInferenceSteps` (Euler, DPM-Solver, LCM). */
  timesteps?: readonly number[];
  /** Explicit σs, noisiest first: for Euler one more than `numInferenceSteps`, for flow and EDM as many, as in diffusers. */
  sigmas?: readonly number[];
  /** A schedule of σ that is no setting of the class, between the ends that its own has (schedulers in σ and λ). */
  sigmaSchedule?: NamedSigmaSchedule;
  /** Heun, KDPM2, DPMSolverSDE: training timesteps to pick from, in the place of the setting. */
  numTrainTimesteps?: number;
  /** RePaint: steps that it goes back at a time, 10 by default. */
  jumpLength?: number;
  /** RePaint: how often each stretch is gone over, 10 by default. */
  jumpNSample?: number;
  /** Flow: shift of the σs by e^μ, for schedulers with `useDynamicShifting`; without effect elsewhere. */
  mu?: number;
  /** SCM: the noisiest timestep, above 0 up to ½π; 1.5708 by default. Null where `timesteps` say it. */
  maxTimesteps?: number | null;
  /** SCM: the middle timestep of a run of two steps; 1.3 by default. Null: half of the first. */
  intermediateTimesteps?: number | null;
}

/** The knobs of a run: all that `setTimesteps` and `step` may be told, but for what the run itself fills in. */
export type RunOptions = Omit<TimestepOptions, 'strength'> &
  Omit<StepOptions, 'generator' | 'predOriginalSample' | 'perTokenTimesteps' | 'originalImage' | 'mask'>;

/** The name of a knob of a run. */
export type RunKnob = keyof RunOptions;

const numbers: OptionCheck = (value) =>
  Array.isArray(value) && value.every((entry) => Number.isFinite(entry)) ? undefined : 'a list of numbers';
const amount = number(0, Infinity);
const tensor = instanceOf(Tensor, 'a Tensor');
const angle: OptionCheck = (value) =>
  value === null || (typeof value === 'number' && value > 0 && value <= HALF_PI) ? undefined : 'a number above 0 up to ½π, or null';

const timestepChecks: OptionChecks<TimestepOptions> = {
  strength: number(0, 1),
  originalInferenceSteps: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  timesteps: numbers,
  sigmas: numbers,
  sigmaSchedule: oneOf(...namedSigmaSchedules),
  mu: number(-10, 10),
  maxTimesteps: angle,
  intermediateTimesteps: angle,
  numTrainTimesteps: wholeNumber(1, 100_000),
  jumpLength: wholeNumber(1, 1000),
  jumpNSample: wholeNumber(1, 1000),
};
const stepChecks: OptionChecks<StepOptions> = {
  generator: anything,
  eta: number(0, 1),
  useClippedModelOutput: flag,
  sChurn: amount,
  sTmin: amount,
  sTmax: amount,
  sNoise: amount,
  order: wholeNumber(1, 4),
  predOriginalSample: tensor,
  perTokenTimesteps: tensor,
  originalImage: tensor,
  mask: tensor,
};
const { strength, ...timestepKnobs } = timestepChecks;
const { generator, predOriginalSample, perTokenTimesteps, originalImage, mask, ...stepKnobs } = stepChecks;

/** What every knob of a run must be, whichever scheduler has it. */
export const runOptionChecks: OptionChecks<RunOptions> = { ...timestepKnobs, ...stepKnobs };

/** @throws {ArgumentError} for an option of `setTimesteps` that does not exist or cannot be used. */
export function checkTimestepOptions(options: TimestepOptions): void {
  checkOptions('setTimesteps', options, timestepChecks);
}

/** @throws {ArgumentError} for an option of `step` that does not exist or cannot be used. */
export function checkStepOptions(options: StepOptions): void {
  checkOptions('step', options, stepChecks);
}

/** The knobs among a run's that `setTimesteps` reads. */
export function timestepOptionsOf(options: RunOptions): TimestepOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(timestepKnobs, name)));
}

/** The knobs among a run's that `step` reads. */
export function stepOptionsOf(options: RunOptions): StepOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(stepKnobs, name)));
}

/** What explicit timesteps a scheduler can follow. */
export interface ExplicitLimits {
  /** The class, for messages. */
  readonly className: string;
  /** The kinds of explicit schedule that it takes as it is set up. */
  readonly takes: readonly ('timesteps' | 'sigmas')[];
  /** Noisiest trained timestep. */
  readonly lastTimestep: number;
  /** Whether timesteps may lie between the trained ones. */
  readonly fractional?: boolean;
  /** Whether explicit σs hold the one after the last step, too. */
  readonly sigmasHoldLast?: boolean;
}

/** @throws {FrameloomError} for explicit timesteps or σs that a scheduler cannot follow, or that do not fit the number of steps. */
export function checkExplicitSchedule(
  numInferenceSteps: number,
  options: TimestepOptions,
  { className, takes, lastTimestep, fractional = false, sigmasHoldLast = true }: ExplicitLimits,
): void {
  if (options.timesteps && options.sigmas) throw new ArgumentError('sigmas', options.sigmas, 'left out where timesteps are given');
  if (options.sigmaSchedule && (options.timesteps ?? options.sigmas))
    throw new ArgumentError('sigmaSchedule', options.sigmaSchedule, 'left out where timesteps or sigmas are given');
  for (const kind of ['timesteps', 'sigmas'] as const) {
    const given = options[kind];
    if (!given) continue;
    if (!takes.includes(kind)) {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${className} with these settings cannot follow explicit ${kind}; leave them out, or choose another scheduler.`,
      );
    }
    const wanted = kind === 'sigmas' && sigmasHoldLast ? numInferenceSteps + 1 : numInferenceSteps;
    if (given.length !== wanted || given.some((value, i) => i > 0 && value >= given[i - 1]!)) {
      throw new ArgumentError(kind, given, `${wanted} falling numbers for ${numInferenceSteps} steps`);
    }
    if (given.at(-1)! < 0) throw new ArgumentError(kind, given, 'numbers of 0 or more');
  }
  const { timesteps } = options;
  if (timesteps && (timesteps[0]! > lastTimestep || (!fractional && !timesteps.every(Number.isInteger)))) {
    throw new ArgumentError(
      'timesteps',
      timesteps,
      `${fractional ? '' : 'whole '}numbers up to ${lastTimestep}, the noisiest timestep that was trained`,
    );
  }
}
