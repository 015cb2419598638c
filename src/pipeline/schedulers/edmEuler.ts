import { ArgumentError } from '../core/index.js';
import { churned } from './churn.js';
import { type EDMConfig, edmDefaults, EDMScheduler } from './families/edmScheduler.js';
import { eulerStep } from './families/sigmaScheduler.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';
import { linspace } from './timesteps.js';

/**
 * Euler's method in EDM's own scaling, with optional stochasticity.
 *
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2 without its correction
 * step; agrees with diffusers' class. Its `sigmas` are, as there, no σs but positions on the Karras schedule: rising numbers
 * from 0, `sigmaMax`, to 1, `sigmaMin`, as many as the run has steps.
 */
export class EDMEulerScheduler extends EDMScheduler<EDMConfig> {
  /** Name of the class, as `scheduler_config.json` has it. */
  static readonly className = 'EDMEulerScheduler';
  /** Every setting with its default, that of diffusers. */
  static readonly defaults: EDMConfig = edmDefaults;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = ['sigmas', 'sChurn', 'sTmin', 'sTmax', 'sNoise'] as const;
  protected override readonly sigmasHoldLast = false;

  /** The exponential schedule knows no positions. */
  override get explicitSchedules(): readonly ('timesteps' | 'sigmas')[] {
    return this.config.sigmaSchedule === 'karras' ? ['sigmas'] : [];
  }

  protected override schedule(steps: number, options: TimestepOptions): readonly number[] {
    const { sigmaMin, sigmaMax, rho, sigmaSchedule } = this.config;
    if (sigmaSchedule !== 'karras') return super.schedule(steps, options);
    const { sigmas: positions = linspace(0, 1, steps), ...others } = options;
    this.checkExplicit(steps, others);
    if (
      positions.length !== steps ||
      positions.some((position, i) => position < 0 || position > 1 || (i > 0 && position <= positions[i - 1]!))
    ) {
      throw new ArgumentError(
        'sigmas',
        positions,
        `${steps} rising numbers from 0 (σ ${sigmaMax}) to 1 (σ ${sigmaMin}) for ${steps} steps: ${this.className} takes positions on its schedule, as in diffusers`,
      );
    }
    const [largest, smallest] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
    return positions.map((position) => (largest + position * (smallest - largest)) ** rho);
  }

  /** Also where the run's own last σ is another than `sigmaMin`. */
  protected override lastSigma(sigmas: readonly number[]): number {
    return sigmas.at(-1)!;
  }

  protected override makeStep({ modelOutput, index, sample, options }: StepInput): StepOutput {
    const { sample: from, sigma } = churned(sample, this.sigmas[index]!, this.sigmas.length - 1, options, () =>
      this.noise(sample, options),
    );
    const original = options.predOriginalSample ?? this.originalSample(modelOutput, from, sigma);
    return { prevSample: eulerStep(from, original, sigma, this.sigmas[index + 1]!), predOriginalSample: original };
  }
}
