import type { TimestepOptions } from './runOptions.js';
import { type DPMSolverMultistepConfig, DPMSolverMultistepScheduler } from './dpmSolverMultistep.js';
import { orderAt } from './families/solverScheduler.js';
import { linspace, roundHalfToEven, spaceTimesteps } from './timesteps.js';

/** Settings of {@link DPMSolverMultistepInverseScheduler}: those of the forward scheduler without what only its end needs. */
export type DPMSolverMultistepInverseConfig = Omit<
  DPMSolverMultistepConfig,
  'useLuLambdas' | 'finalSigmasType' | 'rescaleBetasZeroSnr' | 'useDynamicShifting' | 'timeShiftType'
>;

const { useLuLambdas, finalSigmasType, rescaleBetasZeroSnr, useDynamicShifting, timeShiftType, ...defaults } =
  DPMSolverMultistepScheduler.defaults;

/**
 * DPM-Solver run backwards: from a clean sample to the noise that it would be made from.
 *
 * Its timesteps rise, save with flow σs, which diffusers leaves falling. Lu et al. 2022, 2206.00927 and 2211.01095; agrees with
 * diffusers' class.
 */
export class DPMSolverMultistepInverseScheduler extends DPMSolverMultistepScheduler {
  /** Name of the class, as `scheduler_config.json` has it. */
  static override readonly className = 'DPMSolverMultistepInverseScheduler';
  /** Why no pipeline runs it by itself. */
  static readonly notRunAlone = 'it goes from a clean sample to noise, not from noise to a sample. Take DPMSolverMultistepScheduler.';
  /** Every setting with its default, that of diffusers. */
  static override readonly defaults = defaults as DPMSolverMultistepConfig;
  /** Knobs of a run that it reads. */
  static override readonly runKnobs = [] as const;

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const schedule = this.schedule(numInferenceSteps, options, () => this.rising(numInferenceSteps));
    // As many steps as were trained would visit some timesteps twice; fractions are cut off after that, as in diffusers.
    const timesteps = schedule.timesteps.filter((timestep, i, all) => all.indexOf(timestep) === i);
    this.take(
      { timesteps, sigmas: schedule.sigmas },
      schedule.alternative ? schedule.sigmas.at(-1)! : this.trainingSigmas[this.timestepsInUse - 1]!,
    );
  }

  /** Rising, so the other way round. */
  protected override sigmaRange(): readonly [smallest: number, largest: number] {
    const [smallest, largest] = super.sigmaRange();
    return [largest, smallest];
  }

  protected override roundedTimesteps(timesteps: readonly number[]): readonly number[] {
    return timesteps.map(roundHalfToEven);
  }

  protected override orderAt(index: number): number {
    return orderAt(index, this.timesteps.length, this.config, this.config.eulerAtFinal);
  }

  /** Timesteps from the cleanest up; other than the forward ones, they leave out the noisiest. */
  private rising(steps: number): readonly number[] {
    const { timestepSpacing, stepsOffset } = this.config;
    const last = this.timestepsInUse;
    if (timestepSpacing === 'linspace')
      return linspace(0, last - 1, steps + 1)
        .map(roundHalfToEven)
        .slice(0, steps);
    if (timestepSpacing === 'leading') return Array.from({ length: steps }, (_, i) => i * Math.floor(last / (steps + 1)) + stepsOffset);
    return spaceTimesteps('trailing', steps, { ...this.config, lastTimestep: last, interpolated: true }).reverse();
  }
}
