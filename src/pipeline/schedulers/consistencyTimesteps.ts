import { ArgumentError } from '../core/index.js';
import { requireStepCount } from './config.js';
import type { TimestepOptions } from './runOptions.js';

/**
 * Timesteps of a distilled model's run: picked from the schedule that it was distilled on, within the part that `strength` leaves.
 *
 * Luo et al. 2023, "Latent Consistency Models", section 4.3; used by LCM and TCD alike.
 *
 * @param scheduler class name, for messages.
 * @param late what the run's own `originalInferenceSteps` picks from: a schedule of that many timesteps, or all that were trained (TCD).
 * @throws {ArgumentError} where that schedule has fewer timesteps than the run.
 */
export function consistencyTimesteps(
  scheduler: string,
  numInferenceSteps: number,
  config: { numTrainTimesteps: number; originalInferenceSteps: number },
  options: TimestepOptions,
  late: 'schedule' | 'all' = 'schedule',
): readonly number[] {
  const { numTrainTimesteps } = config;
  const { strength = 1, originalInferenceSteps: originalSteps = config.originalInferenceSteps } = options;
  requireStepCount(numInferenceSteps, numTrainTimesteps);
  if (originalSteps > numTrainTimesteps)
    throw new ArgumentError(
      'originalInferenceSteps',
      originalSteps,
      `a whole number from 1 to ${numTrainTimesteps}, the training timesteps`,
    );
  if (options.timesteps)
    return options.timesteps.slice(numInferenceSteps - Math.min(Math.floor(numInferenceSteps * strength), numInferenceSteps));
  const all = late === 'all' && options.originalInferenceSteps !== undefined;
  const stride = all ? 1 : Math.floor(numTrainTimesteps / originalSteps);
  const length = Math.floor((all ? numTrainTimesteps : originalSteps) * strength);
  const most = Math.min(length, originalSteps);
  if (numInferenceSteps > most) {
    throw new ArgumentError(
      'numInferenceSteps',
      numInferenceSteps,
      `at most ${most} with ${scheduler} (originalInferenceSteps ${originalSteps} × strength ${strength}); such models run well with 4 to 8`,
    );
  }
  const original = Array.from({ length }, (_, i) => (i + 1) * stride - 1).reverse();
  return Array.from({ length: numInferenceSteps }, (_, i) => original[Math.floor((i * length) / numInferenceSteps)]!);
}
