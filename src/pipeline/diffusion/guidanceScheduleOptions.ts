import { flag, number, type OptionChecks, wholeNumber } from '../core/index.js';

/** Options that say at which steps there is guidance, and how it begins. */
export interface GuidanceScheduleOptions {
  /**
   * Share of the steps, 0…1, from which on there is classifier-free guidance; 0 by default. Steps without it take the prompt's own prediction, which halves their
   * work. As `start` of diffusers' guiders; Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval Improves Sample and Distribution Quality".
   */
  guidanceStart?: number;
  /** Share of the steps up to which there is classifier-free guidance; 1 by default. As `stop` of diffusers' guiders. */
  guidanceEnd?: number;
  /**
   * Flow models: guides from that multiple of the negative prompt's prediction that comes nearest to the prompt's. Fan et al. 2025, "CFG-Zero*: Improved Classifier-Free
   * Guidance for Flow Matching Models". False by default.
   */
  guidanceZeroStar?: boolean;
  /** Flow models: at so many first steps nothing is predicted, and the noise stays as it is (CFG-Zero*'s zero-init, whose authors take 4 % of the steps); 0 by default. */
  zeroInitSteps?: number;
}

/** Names of {@link GuidanceScheduleOptions}: they are recorded, and a run that goes on keeps them. */
export const guidanceScheduleOptions = [
  'guidanceStart',
  'guidanceEnd',
  'guidanceZeroStar',
  'zeroInitSteps',
] as const satisfies readonly (keyof GuidanceScheduleOptions)[];

/** Checks of {@link GuidanceScheduleOptions}, each for itself. */
export const guidanceScheduleChecks: OptionChecks<GuidanceScheduleOptions> = {
  guidanceStart: number(0, 1),
  guidanceEnd: number(0, 1),
  guidanceZeroStar: flag,
  zeroInitSteps: wholeNumber(0, 1000),
};

/** Those of the options, as far as they were said. */
export function guidanceScheduleOf(options: GuidanceScheduleOptions): GuidanceScheduleOptions {
  return Object.fromEntries(guidanceScheduleOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}
