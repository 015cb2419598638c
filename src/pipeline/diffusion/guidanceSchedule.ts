import { ArgumentError } from '../core/index.js';
import { pathOfModel } from '../schedulers/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { GuidanceStep } from './families/index.js';
import { eachWeight, type Guidance } from './guidance.js';
import { guidanceScheduleOptions, type GuidanceScheduleOptions } from './guidanceScheduleOptions.js';

/** What a step is guided by: at the first ones nothing is predicted, outside of the interval by the prompt alone. Predictions of a perturbed network go on. */
export function scheduledGuidance(guidance: Guidance, { index, steps }: GuidanceStep, options: GuidanceScheduleOptions): Guidance {
  const { guidanceStart = 0, guidanceEnd = 1, guidanceZeroStar = false, zeroInitSteps = 0 } = options;
  if (index < zeroInitSteps) return { ...guidance, predictsZero: true };
  const [{ conditioning }, ...others] = guidance.terms;
  const guided = others.some(({ perturbed }) => !perturbed);
  const within = index >= Math.floor(guidanceStart * steps) && index < Math.floor(guidanceEnd * steps);
  if (!guided || within) return guidanceZeroStar && guided ? { ...guidance, zeroStar: true } : guidance;
  const perturbed = others.find((term) => term.perturbed);
  const weight = perturbed ? eachWeight(perturbed.weight, (each) => 1 - each) : 1;
  return { terms: [{ conditioning, weight }, ...(perturbed ? [perturbed] : [])], rescale: guidance.rescale };
}

/** @throws {ArgumentError} for what is meant for flow models alone, and an interval that ends before it begins. */
export function requireGuidanceSchedule({ name, schedulerConfig }: LatentDiffusionNetworks, options: GuidanceScheduleOptions): void {
  const { guidanceStart = 0, guidanceEnd = 1, guidanceZeroStar, zeroInitSteps } = options;
  if (guidanceEnd < guidanceStart) throw new ArgumentError('guidanceEnd', guidanceEnd, `${guidanceStart} (guidanceStart) or more`);
  if (pathOfModel(schedulerConfig) === 'flow') return;
  for (const [option, value] of Object.entries({ guidanceZeroStar, zeroInitSteps }))
    if (value) throw new ArgumentError(option, value, `left out with ${name}, which does not follow flow's path`);
}

/**
 * For methods with loops of their own, which ask for predictions in another order.
 *
 * @throws {ArgumentError} for options that change from step to step what is predicted.
 */
export function refuseStepOptions(options: GuidanceScheduleOptions & { readonly firstBlockCacheThreshold?: number }, method: string): void {
  for (const name of [...guidanceScheduleOptions, 'firstBlockCacheThreshold'] as const)
    if (options[name] !== undefined)
      throw new ArgumentError(name, options[name], `left out with the method "${method}", which has a loop of its own`);
}
