import { FrameloomError, type Tensor } from '../core/index.js';
import type { DDIMConfig } from './ddimConfig.js';
import type { Scheduler } from './scheduler.js';

/**
 * Looks at what a scheduler made of finite values, so that its own failures are not laid at the model's door.
 *
 * @param made the sample it gave, by `step` or by `addNoise`, `[frames, channels, height, width]`.
 * @throws {FrameloomError} `FL_SCHEDULER_NOT_FINITE` where it holds NaN or infinity, naming the scheduler and the timestep.
 */
export function requireFiniteSample(scheduler: Scheduler, timestep: number, made: Tensor): void {
  const count = made.countNotFinite();
  if (count === 0) return;
  throw new FrameloomError(
    'FL_SCHEDULER_NOT_FINITE',
    `${scheduler.className} made ${count} of ${made.size} values NaN or infinite at timestep ${timestep}, out of finite ones: the model is not to blame. ${advice(scheduler)}`,
  );
}

function advice({ config, className }: Scheduler): string {
  const { rescaleBetasZeroSnr, predictionType, clipSample, thresholding } = config as Partial<DDIMConfig>;
  if (rescaleBetasZeroSnr && predictionType === 'epsilon' && !clipSample && !thresholding) {
    return 'With rescaleBetasZeroSnr the last training timestep is pure noise, of which a prediction of noise says nothing: use the predictionType that the model was trained with (v_prediction, usually), or timestepSpacing "leading", which leaves that timestep out.';
  }
  return `Its settings do not go together (${JSON.stringify(config)}); leave out those that you chose, or take another scheduler than ${className}.`;
}
