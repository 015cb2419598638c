import { type Tensor, weightedSum } from '../core/index.js';
import { churned } from './churn.js';
import { type FlowConfig, FlowScheduler } from './families/flowScheduler.js';
import { shiftSigmas } from './flowSigmas.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** What Heun remembers between the two calls of a step. */
export type FlowMatchHeunMemory = {
  /** The sample that the step set out from, churned where that was asked for; undefined between two steps. */
  sample: Tensor | undefined;
  /** The slope there. */
  slope: Tensor | undefined;
};

/**
 * Heun's method on the paths of flow matching: each step is corrected by the velocity at its end, two calls of the network a step
 * but the last.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 1, on rectified flow; agrees
 * with diffusers' class.
 */
export class FlowMatchHeunDiscreteScheduler extends FlowScheduler<FlowConfig, FlowMatchHeunMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'FlowMatchHeunDiscreteScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: FlowConfig = { numTrainTimesteps: 1000, shift: 1 };
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['sChurn', 'sTmin', 'sTmax', 'sNoise'] as const;
  override readonly order = 2;

  override get mostStateTensors(): number {
    return 2;
  }

  protected override freshMemory(): FlowMatchHeunMemory {
    return { sample: undefined, slope: undefined };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { shift, numTrainTimesteps } = this.config;
    this.checkExplicit(numInferenceSteps, options);
    const sigmas = shiftSigmas(this.evenSigmas(numInferenceSteps, shift), { shift }).map(Math.fround);
    const visited = sigmas.flatMap((sigma, i) => (i === 0 ? [sigma] : [sigma, sigma]));
    this.sigmas = [...visited, 0];
    this.timesteps = visited.map((sigma) => Math.fround(sigma * numTrainTimesteps));
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { sample: start, slope: first } = this.memory;
    const isFirst = start === undefined || first === undefined;
    const from = this.sigmas[isFirst ? index : index - 1]!;
    const to = this.sigmas[isFirst ? index + 1 : index]!;
    // The second call draws its noise, too, though only what the first one added stays.
    const { sample: raised, sigma } = churned(sample, from, this.sigmas.length - 1, options, () => this.noise(sample, options));
    const predOriginalSample = weightedSum([1, raised], [-(isFirst ? from : to), modelOutput]);
    const step = to - sigma;
    if (isFirst) {
      // As in diffusers the raised σ divides what the lower one multiplied.
      const slope = weightedSum([from / sigma, modelOutput]);
      this.memory = { sample: raised, slope };
      return { prevSample: weightedSum([1, raised], [step, slope]), predOriginalSample };
    }
    this.memory = this.freshMemory();
    return { prevSample: weightedSum([1, start], [step / 2, first], [step / 2, modelOutput]), predOriginalSample };
  }
}
