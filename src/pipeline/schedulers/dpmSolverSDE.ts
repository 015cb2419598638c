import { Generator, oneOf, type Tensor, weightedSum } from '../core/index.js';
import { ancestralSigmas } from './ancestral.js';
import { BrownianTree } from './brownianTree.js';
import type { NoiseScheduleConfig } from './config.js';
import { SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule, type SigmaScheduleConfig } from './sigmas.js';

/** Settings of {@link DPMSolverSDEScheduler}. */
export interface DPMSolverSDEConfig extends NoiseScheduleConfig, SigmaScheduleConfig {
  /** Seed of the Brownian motion that a step's noise is taken from; null: drawn from the run's own noise. */
  noiseSamplerSeed: number | null;
}

const defaults: DPMSolverSDEConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'linear',
  trainedBetas: null,
  predictionType: 'epsilon',
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  noiseSamplerSeed: null,
  timestepSpacing: 'linspace',
  stepsOffset: 0,
};

/** Bits of a drawn seed that one of the numbers of a state holds exactly. */
const SEED_BITS = 16;

/** What it remembers. */
export type DPMSolverSDEMemory = {
  /** The sample that the step set out from; undefined between two steps. */
  sample: Tensor | undefined;
  /** Low half of the Brownian motion's seed; 0 before it is drawn. */
  seedLow: number;
  /** High half of the seed; 0 before it is drawn. */
  seedHigh: number;
  /** Whether the seed has been drawn: 0 or 1. */
  hasSeed: number;
};

/**
 * DPM-Solver-2 of the diffusion SDE ("DPM++ SDE" of k-diffusion): two UNet calls a step but the last, noise from one Brownian motion
 * whatever the steps.
 *
 * Lu et al. 2022, 2211.01095, and Kidger et al. 2021 for the noise; after k-diffusion's `sample_dpmpp_sde`. Agrees with diffusers' class
 * where `noiseSamplerSeed` is given; without one, diffusers draws a seed from its global generator.
 */
export class DPMSolverSDEScheduler extends SigmaScheduler<DPMSolverSDEConfig, DPMSolverSDEMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'DPMSolverSDEScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['numTrainTimesteps', 'sNoise'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('epsilon', 'v_prediction') };
  override readonly order = 2;
  protected override readonly timestepsInDouble = true;
  private tree: BrownianTree | undefined;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: DPMSolverSDEConfig): void {
    requireOneSigmaSchedule(this.className, config);
  }

  override get mostStateTensors(): number {
    return 1;
  }

  /** σ of each call: that of the step's begin, and that half-way to its end in ln σ. */
  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((_, index) => (index % 2 === 0 ? this.sigmas[index]! : this.middle(index)));
  }

  override scaleModelInput(sample: Tensor, timestep: number): Tensor {
    const index = this.indexFor(timestep);
    const sigma = this.memory.sample ? this.middle(index) : this.sigmas[index]!;
    return weightedSum([1 / Math.sqrt(sigma ** 2 + 1), sample]);
  }

  protected override freshMemory(): DPMSolverSDEMemory {
    return { sample: undefined, seedLow: 0, seedHigh: 0, hasSeed: 0 };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas } = this.interpolated(numInferenceSteps, options);
    const between = sigmas.slice(1).map((sigma, i) => this.timestepOf(Math.sqrt(sigma * sigmas[i]!)));
    this.sigmas = [...sigmas.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma])), 0].map(Math.fround);
    this.timesteps = timesteps.flatMap((timestep, i) => (i === 0 ? [timestep] : [between[i - 1]!, timestep]));
    this.tree = undefined;
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { sNoise = 1 } = options;
    const start = this.memory.sample;
    const from = this.sigmas[start ? index - 1 : index]!;
    const end = this.sigmas[start ? index : index + 1]!;
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, start ? this.middle(index) : from);
    this.tree ??= this.plantTree(sample, options);
    if (end === 0) return { prevSample: original, predOriginalSample: original };
    const first = start ? index - 1 : index;
    const [here, to] = [thereAndBack(from), start ? thereAndBack(end) : this.middle(first + 1)];
    const { up, down } = ancestralSigmas(here, to);
    const ratio = down / from;
    this.memory = { ...this.memory, sample: start ? undefined : sample };
    const noise = this.tree.noiseBetween(here, to);
    return {
      prevSample: weightedSum([ratio, start ?? sample], [1 - ratio, original], [sNoise * Math.min(to, up), noise]),
      predOriginalSample: original,
    };
  }

  /** σ of the second call of the step whose second entry is `index`. */
  private middle(index: number): number {
    const [from, to] = [-Math.fround(Math.log(this.sigmas[index - 1]!)), -Math.fround(Math.log(this.sigmas[index]!))];
    return Math.fround(Math.exp(-Math.fround(from + Math.fround(to - from) / 2)));
  }

  private plantTree(sample: Tensor, options: StepInput['options']): BrownianTree {
    const { noiseSamplerSeed } = this.config;
    if (noiseSamplerSeed === null && !this.memory.hasSeed) {
      // Two numbers that the state can hold, out of the run's own noise.
      const bits = new Uint32Array(new Float32Array([this.noise(sample, options).data[0]!]).buffer)[0]!;
      this.memory = { ...this.memory, seedLow: bits % 2 ** SEED_BITS, seedHigh: Math.floor(bits / 2 ** SEED_BITS), hasSeed: 1 };
    }
    const seed = noiseSamplerSeed ?? this.memory.seedHigh * 2 ** SEED_BITS + this.memory.seedLow;
    const positive = this.sigmas.filter((sigma) => sigma > 0);
    return new BrownianTree(sample.dims, Math.min(...positive), Math.max(...positive), BigInt(seed), (own) => new Generator(own));
  }
}

/** e^(ln σ), each rounded as diffusers rounds: the millionth part of σ decides where in the Brownian motion its noise is taken from. */
function thereAndBack(sigma: number): number {
  return Math.fround(Math.exp(Math.fround(Math.log(sigma))));
}
