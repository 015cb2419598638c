import { type Tensor, weightedSum } from '../core/index.js';
import type { NoiseScheduleConfig } from './config.js';
import { SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule, type SigmaScheduleConfig } from './sigmas.js';

/** Settings of {@link LMSDiscreteScheduler}. */
export interface LMSDiscreteConfig extends NoiseScheduleConfig, SigmaScheduleConfig {}

const defaults: LMSDiscreteConfig = {
  numTrainTimesteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  useKarrasSigmas: false,
  useExponentialSigmas: false,
  useBetaSigmas: false,
  predictionType: 'epsilon',
  timestepSpacing: 'linspace',
  stepsOffset: 0,
};

/** Predictions that a step is made from, where nobody says how many. */
const USUAL_ORDER = 4;

/** What LMS remembers. */
export type LMSMemory = {
  /** Slopes of earlier steps, newest first. */
  slopes: readonly Tensor[];
};

/**
 * Linear multistep: a polynomial through the last slopes, integrated over the step in σ (Adams-Bashforth with uneven steps).
 *
 * After k-diffusion's `sample_lms`; agrees with diffusers' class, also in counting its order from the first step of the schedule
 * where a run begins later.
 */
export class LMSDiscreteScheduler extends SigmaScheduler<LMSDiscreteConfig, LMSMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'LMSDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults = defaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['order'] as const;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: LMSDiscreteConfig): void {
    requireOneSigmaSchedule(this.className, config);
  }

  override get mostStateTensors(): number {
    return (this.runOptions.order ?? USUAL_ORDER) - 1;
  }

  protected override freshMemory(): LMSMemory {
    return { slopes: [] };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas } = this.interpolated(numInferenceSteps, options);
    this.sigmas = [...sigmas, 0].map(Math.fround);
    this.timesteps = timesteps.map(Math.fround);
  }

  protected override makeStep({ modelOutput, index, sample, options: { order: most = USUAL_ORDER } }: StepInput): StepOutput {
    const sigma = this.sigmas[index]!;
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, sigma);
    const slopes = [weightedSum([1 / sigma, sample], [-1 / sigma, original]), ...this.memory.slopes].slice(0, most);
    const order = Math.min(index + 1, most);
    const nodes = Array.from({ length: order }, (_, k) => this.sigmas[index - k]!);
    const terms = slopes
      .slice(0, order)
      .map((slope, k): [number, Tensor] => [lagrangeIntegral(nodes, k, sigma, this.sigmas[index + 1]!), slope]);
    this.memory = { slopes: slopes.slice(0, most - 1) };
    return { prevSample: weightedSum([1, sample], ...terms), predOriginalSample: original };
  }
}

/** Gauss-Legendre nodes and weights on −1…1, exact for the cubic polynomials of four nodes. */
const GAUSS = [
  [-Math.sqrt(3 / 5), 5 / 9],
  [0, 8 / 9],
  [Math.sqrt(3 / 5), 5 / 9],
] as const;

/** ∫ over `from`…`to` of the polynomial that is 1 at node `which` and 0 at the others. */
function lagrangeIntegral(nodes: readonly number[], which: number, from: number, to: number): number {
  const half = (to - from) / 2;
  return GAUSS.reduce((sum, [place, weight]) => {
    const at = from + half * (1 + place);
    return (
      sum +
      weight * half * nodes.reduce((product, node, k) => (k === which ? product : (product * (at - node)) / (nodes[which]! - node)), 1)
    );
  }, 0);
}
