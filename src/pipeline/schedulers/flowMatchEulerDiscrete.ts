import { FrameloomError, type Tensor, weightedSum } from '../core/index.js';
import { type FlowMatchConfig, flowMatchDefaults, ShiftedFlowScheduler } from './families/flowScheduler.js';
import { type StepInput, type StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';

/** Settings of {@link FlowMatchEulerDiscreteScheduler}. */
export interface FlowMatchEulerDiscreteConfig extends FlowMatchConfig {
  /** At every step predict the clean sample and noise it again, rather than go along the velocity (distilled LTX-Video). */
  stochasticSampling: boolean;
}

/** How far below its own σ the next one of a token must be. */
const TOKEN_MARGIN = 1e-6;

/**
 * Euler's method on the straight paths of flow matching: `sample + (σ' − σ)·velocity`. The scheduler of Stable Diffusion 3, Flux,
 * LTX-Video and HunyuanVideo.
 *
 * Esser et al. 2024, "Scaling Rectified Flow Transformers"; agrees with diffusers' class, whose `s_churn` and its kin have no
 * effect and are therefore no knobs here.
 */
export class FlowMatchEulerDiscreteScheduler extends ShiftedFlowScheduler<FlowMatchEulerDiscreteConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'FlowMatchEulerDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: FlowMatchEulerDiscreteConfig = { ...flowMatchDefaults, stochasticSampling: false };
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'sigmas', 'mu'] as const;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: FlowMatchEulerDiscreteConfig): void {
    requireOneSigmaSchedule(this.className, config);
  }

  protected override makeStep(step: StepInput): StepOutput {
    const { modelOutput, index, sample, options } = step;
    if (options.perTokenTimesteps) return this.stepOfTokens(step, options.perTokenTimesteps);
    const sigma = this.sigmas[index]!;
    const next = this.sigmas[index + 1]!;
    if (this.config.stochasticSampling) {
      const original = weightedSum([1, sample], [-sigma, modelOutput]);
      return { prevSample: weightedSum([1 - next, original], [next, this.noise(sample, options)]), predOriginalSample: original };
    }
    return {
      prevSample: weightedSum([1, sample], [next - sigma, modelOutput]),
      predOriginalSample: weightedSum([1, sample], [this.sigmas.at(-1)! - sigma, modelOutput]),
    };
  }

  /**
   * A step of tokens that stand at noise levels of their own: each goes to the next lower σ of the run.
   *
   * As in diffusers the velocity points towards the clean sample here, unless `stochasticSampling` is on.
   */
  private stepOfTokens({ modelOutput, sample, options }: StepInput, timesteps: Tensor): StepOutput {
    const channels = sample.dims[2]!;
    if (sample.dims.length !== 3 || String(timesteps.dims) !== String(sample.dims.slice(0, 2))) {
      throw new FrameloomError(
        'FL_TENSOR_SHAPE',
        `perTokenTimesteps must be [batch, tokens] for a sample of [batch, tokens, channels], but they are [${timesteps.dims.join(', ')}] and [${sample.dims.join(', ')}].`,
      );
    }
    const current = Array.from(timesteps.data, (timestep) => Math.fround(timestep / this.config.numTrainTimesteps));
    const next = current.map((sigma) =>
      this.sigmas.reduce((best, other) => (other < sigma - TOKEN_MARGIN ? Math.max(best, other) : best), 0),
    );
    const perToken = (of: (i: number, token: number) => number) => sample.map((_, i) => of(i, Math.floor(i / channels)));
    const noise = this.config.stochasticSampling ? this.noise(sample, options) : undefined;
    const towards = noise ? -1 : 1;
    const original = perToken((i, token) => sample.data[i]! + towards * current[token]! * modelOutput.data[i]!);
    const prevSample = noise
      ? perToken((i, token) => (1 - next[token]!) * original.data[i]! + next[token]! * noise.data[i]!)
      : perToken((i, token) => sample.data[i]! + (current[token]! - next[token]!) * modelOutput.data[i]!);
    return { prevSample, predOriginalSample: original };
  }
}
