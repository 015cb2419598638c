import { FrameloomError, weightedSum } from '../core/index.js';
import { type FlowMatchConfig, flowMatchDefaults, ShiftedFlowScheduler } from './families/flowScheduler.js';
import { resample, type UpscaleMode } from './resample.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { requireOneSigmaSchedule } from './sigmas.js';
import { roundHalfToEven } from './timesteps.js';

/** Settings of {@link FlowMatchLCMScheduler}. */
export interface FlowMatchLCMConfig extends FlowMatchConfig {
  /** Sizes of the latents after each step but the last, as multiples of the first size, each above 0; null keeps the size. */
  scaleFactors: readonly number[] | null;
  /** How they are brought to those sizes. */
  upscaleMode: UpscaleMode;
}

/** Height and width of the latents at the first step; 0 before it. */
export type FlowMatchLCMMemory = {
  /** Rows of latents. */
  rows: number;
  /** Columns of latents. */
  columns: number;
};

/**
 * Sampling of consistency models of flow matching: each step predicts the clean sample and noises it again, 1–8 steps in all;
 * with `scaleFactors` the picture grows on the way.
 *
 * Luo et al. 2023, "Latent Consistency Models", on rectified flow; Starodubcev et al. 2025, "Scale-wise Distillation of Diffusion
 * Models". Agrees with diffusers' class. Needs a distilled model.
 */
export class FlowMatchLCMScheduler extends ShiftedFlowScheduler<FlowMatchLCMConfig, FlowMatchLCMMemory> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'FlowMatchLCMScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: FlowMatchLCMConfig = { ...flowMatchDefaults, scaleFactors: null, upscaleMode: 'bicubic' };
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['timesteps', 'sigmas', 'mu'] as const;

  /** @throws {FrameloomError} `FL_SCHEDULER_CONFIG` for two schedules of σ at once. */
  static requireFitting(config: FlowMatchLCMConfig): void {
    requireOneSigmaSchedule(this.className, config);
  }

  protected override freshMemory(): FlowMatchLCMMemory {
    return { rows: 0, columns: 0 };
  }

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { scaleFactors } = this.config;
    if (scaleFactors && scaleFactors.length !== numInferenceSteps - 1) {
      throw new FrameloomError(
        'FL_SCHEDULER_CONFIG',
        `${this.className}: scaleFactors has ${scaleFactors.length} numbers, which is right for ${scaleFactors.length + 1} steps, but the run has ${numInferenceSteps}. Give one less than numInferenceSteps.`,
      );
    }
    super.arrange(numInferenceSteps, options);
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { scaleFactors, upscaleMode } = this.config;
    const [rows = 0, columns = 0] = modelOutput.dims.slice(2);
    if (this.memory.rows === 0) this.memory = { rows, columns };
    const scale = scaleFactors?.[index];
    const predicted = weightedSum([1, sample], [-this.sigmas[index]!, modelOutput]);
    const original =
      scale === undefined
        ? predicted
        : resample(predicted, roundHalfToEven(scale * this.memory.rows), roundHalfToEven(scale * this.memory.columns), upscaleMode);
    const next = this.sigmas[index + 1]!;
    // Noise is drawn at the last step too, where it counts for nothing, to keep generators in step with diffusers.
    return { prevSample: weightedSum([1 - next, original], [next, this.noise(original, options)]), predOriginalSample: original };
  }
}
