import { ArgumentError, oneOf, type Tensor, weightedSum } from '../core/index.js';
import { requireStepCount } from './config.js';
import type { TimestepOptions } from './runOptions.js';
import { noised, Scheduler, type StepInput, type StepOutput } from './scheduler.js';
import { linspace } from './timesteps.js';

/** Settings of {@link SCMScheduler}. */
export interface SCMConfig {
  /** Most steps of a run. */
  numTrainTimesteps: number;
  /** What the model predicts: the velocity along the arc from clean sample to noise. */
  predictionType: 'trigflow';
  /** Standard deviation of the data, which the noise has, too. */
  sigmaData: number;
}

/** The noisiest timestep where nobody says another, a little below ½π. */
const MAX_TIMESTEP = 1.5708;
/** The middle timestep of runs of two steps. */
const INTERMEDIATE_TIMESTEP = 1.3;
/** The largest σ ⁄ α that is told apart from pure noise. */
const LARGEST_LEVEL = 4096;

/**
 * Sampling of continuous-time consistency models on TrigFlow's arc, `sample = cos t · x₀ + sin t · noise` with t from ½π down to 0:
 * each step predicts the clean sample and noises it again. The scheduler of SANA-Sprint; 1–4 steps.
 *
 * Lu & Song 2024, "Simplifying, Stabilizing and Scaling Continuous-Time Consistency Models"; agrees with diffusers' class, but for
 * `timesteps`, which hold the calls of the network only, not the end.
 */
export class SCMScheduler extends Scheduler<SCMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'SCMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: SCMConfig = { numTrainTimesteps: 1000, predictionType: 'trigflow', sigmaData: 0.5 };
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'maxTimesteps', 'intermediateTimesteps'] as const;
  /** @internal Checks of settings for which it takes something else than the others. */
  static readonly settingChecks = { predictionType: oneOf('trigflow') };
  /** What the network must have been trained on. */
  static readonly noisePath = 'trigflow';
  /** The timestep after the last step. */
  private end = 0;

  /** Explicit timesteps hold the end, too. */
  override get explicitSteps(): number | undefined {
    const { timesteps } = this.runOptions;
    return timesteps && timesteps.length - 1;
  }

  override get noiseLevels(): readonly number[] {
    return this.timesteps.map((timestep) => (Math.cos(timestep) > 0 ? Math.min(Math.tan(timestep), LARGEST_LEVEL) : LARGEST_LEVEL));
  }

  /** On the arc; `noise` is standard normal and brought to the data's deviation here. */
  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return noised(original, noise, Math.cos(timestep), Math.sin(timestep) * this.config.sigmaData);
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    const timesteps = this.schedule(numInferenceSteps, options).map(Math.fround);
    this.end = timesteps.at(-1)!;
    this.timesteps = timesteps.slice(0, -1);
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const timestep = this.timesteps[index]!;
    const next = this.timesteps[index + 1] ?? this.end;
    const original = weightedSum([Math.cos(timestep), sample], [-Math.sin(timestep), modelOutput]);
    // Noise is drawn at the last step too, where it counts for nothing, to keep generators in step with diffusers.
    return { prevSample: this.addNoise(original, this.noise(sample, options), next), predOriginalSample: original };
  }

  /** Timesteps with the end. */
  private schedule(steps: number, { timesteps, maxTimesteps, intermediateTimesteps, ...others }: TimestepOptions): readonly number[] {
    this.checkExplicit(steps, others);
    if (typeof intermediateTimesteps === 'number' && steps !== 2) {
      throw new ArgumentError(
        'intermediateTimesteps',
        intermediateTimesteps,
        `left out (or null) for ${steps} steps: only runs of two have a middle one`,
      );
    }
    if (timesteps) {
      if (typeof maxTimesteps === 'number') throw new ArgumentError('maxTimesteps', maxTimesteps, 'left out where timesteps are given');
      if (
        timesteps.length !== steps + 1 ||
        timesteps[0]! > Math.PI / 2 + 1e-4 ||
        timesteps.at(-1)! < 0 ||
        timesteps.some((value, i) => i > 0 && value >= timesteps[i - 1]!)
      ) {
        throw new ArgumentError(
          'timesteps',
          timesteps,
          `${steps + 1} falling numbers from at most ½π to at least 0 (the last is where the run ends) for ${steps} steps`,
        );
      }
      return timesteps;
    }
    if (maxTimesteps === null) throw new ArgumentError('maxTimesteps', maxTimesteps, 'a number where no timesteps are given');
    const first = maxTimesteps ?? MAX_TIMESTEP;
    const middle = intermediateTimesteps === undefined && steps === 2 ? INTERMEDIATE_TIMESTEP : intermediateTimesteps;
    if (typeof middle !== 'number') return linspace(first, 0, steps + 1);
    if (middle >= first) throw new ArgumentError('intermediateTimesteps', middle, `below maxTimesteps, which is ${first}`);
    return [first, middle, 0];
  }
}
