import { oneOf, type Tensor, weightedSum } from '../core/index.js';
import { alphasCumprod } from './alphas.js';
import { clip } from './clipping.js';
import { completeConfig, readConfig, requireStepCount } from './config.js';
import { type DDIMConfig, ddimDefaults } from './ddim.js';
import { epsilon, originalSample } from './prediction.js';
import { noised, Scheduler, type StepOutput, type TimestepOptions } from './scheduler.js';
import { spaceTimesteps } from './timesteps.js';

/**
 * DDIM run backwards: from a clean sample to the noise that DDIM would have made it from.
 *
 * Its timesteps rise. Each step goes from the noise level before `timestep` up to that of `timestep`, with the
 * prediction made at `timestep`, so that levels match those of a forward run of the same length.
 * Song et al. 2020, "Denoising Diffusion Implicit Models"; agrees with diffusers' class.
 */
export class DDIMInverseScheduler extends Scheduler {
  /** Made from the knobs of a `scheduler_config.json`, in snake_case or camelCase; keys of other schedulers are ignored. */
  static fromConfig(json: Readonly<Record<string, unknown>>): DDIMInverseScheduler {
    return new DDIMInverseScheduler(readConfig(ddimDefaults, json));
  }

  readonly className = 'DDIMInverseScheduler';
  readonly config: Readonly<DDIMConfig>;
  private readonly alphas: Float32Array;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for an unknown setting or value; spacing must be `leading` or `trailing`. */
  constructor(config: Partial<DDIMConfig> = {}) {
    super(config);
    this.config = completeConfig('DDIMInverseScheduler', ddimDefaults, config, { timestepSpacing: oneOf('leading', 'trailing') });
    this.alphas = alphasCumprod(this.config);
  }

  override setTimesteps(numInferenceSteps: number, options: TimestepOptions = {}): void {
    this.checkExplicit(numInferenceSteps, options, []);
    requireStepCount(numInferenceSteps, this.config.numTrainTimesteps);
    this.timesteps = spaceTimesteps(this.config.timestepSpacing, numInferenceSteps, this.config).reverse();
    this.beginRun();
  }

  override step(modelOutput: Tensor, timestep: number, sample: Tensor): StepOutput {
    const { predictionType, numTrainTimesteps } = this.config;
    this.indexFor(timestep);
    const previous = Math.min(timestep - Math.floor(numTrainTimesteps / this.timesteps.length), numTrainTimesteps - 1);
    // A clean sample predicted of a clean sample says nothing of the noise; there the least noisy level stands for the clean one.
    const from = this.alphaAt(predictionType === 'sample' ? Math.max(previous, 0) : previous);
    const to = this.alphaAt(timestep);
    const signal = Math.sqrt(from);
    const noise = Math.sqrt(1 - from);
    const original = clip(originalSample(predictionType, modelOutput, sample, signal, noise), { ...this.config, thresholding: false });
    const direction = epsilon(predictionType, modelOutput, sample, signal, noise);
    this.advance();
    return { prevSample: weightedSum([Math.sqrt(to), original], [Math.sqrt(1 - to), direction]), predOriginalSample: original };
  }

  override addNoise(original: Tensor, noise: Tensor, timestep: number): Tensor {
    const alpha = this.alphaAt(timestep);
    return noised(original, noise, Math.sqrt(alpha), Math.sqrt(1 - alpha));
  }

  private alphaAt(timestep: number): number {
    if (timestep >= 0) return this.alphas[timestep]!;
    return this.config.setAlphaToOne ? 1 : this.alphas[0]!;
  }
}
