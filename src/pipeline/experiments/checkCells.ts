import { oneNumber } from '../diffusion/index.js';
import { beginOf, findMethod, requireScheduler } from '../editing/index.js';
import { checkEditVideoOptions, checkGenerateVideoOptions, type LatentDiffusionModel, withQuality } from '../pipelines/index.js';
import { chosenScheduler } from '../schedulers/index.js';
import type { Video } from '../video/index.js';
import type { PlannedCell } from './axes.js';

/**
 * Checks every cell as its call would, so that none fails when others are made already.
 *
 * @param input the clip that is edited; undefined where clips are generated.
 * @throws {ArgumentError} and what else options cause that cannot be used with this model.
 */
export function checkCells(model: LatentDiffusionModel, input: Video | undefined, cells: readonly PlannedCell[]): void {
  for (const cell of cells) {
    if (input) checkEditVideoOptions(cell.options);
    else checkGenerateVideoOptions(cell.options);
    const options = withQuality(model, input ? 'edit' : 'generate', cell.options);
    const scheduler = chosenScheduler(options.scheduler ?? model.scheduler, model.schedulerConfig);
    const steps = options.numInferenceSteps ?? scheduler.explicitSteps ?? model.recommended.numInferenceSteps;
    const { width, height } = input ? model.fitSize(input.width, input.height) : model.sampleSize;
    const size = { width: options.width ?? width, height: options.height ?? height, frames: model.windowFrames };
    scheduler.setTimesteps(steps, { strength: oneNumber(options.strength), ...model.timestepOptions(scheduler, steps, size) });
    model.requireSize(options.width ?? width, options.height ?? height);
    if (!input) continue;
    const strength = oneNumber(options.strength);
    if (strength !== undefined) beginOf(scheduler, strength, steps);
    // Without a scheduler of the caller's one is taken that the method can use.
    if (typeof options.method === 'string' && options.scheduler !== undefined && options.noised !== true)
      requireScheduler(findMethod(options.method), scheduler);
  }
}
