import { ArgumentError } from '../core/index.js';
import { FirstBlockCache, type LatentDiffusionNetworks, type RowsWatch } from '../networks/index.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import { notice } from './notice.js';
import type { DiffusionOptions, FrameSpan } from './options.js';

/**
 * The model's network behind a cache of its blocks; undefined where the options ask for none.
 *
 * @param watch told after each of its predictions.
 * @throws {ArgumentError} for a model whose network cannot leave blocks out, and for options that change from step to step what its blocks do.
 */
export function cachedNetwork(model: LatentDiffusionNetworks, options: DiffusionOptions, watch: RowsWatch): FirstBlockCache | undefined {
  const { firstBlockCacheThreshold: threshold, contextSchedule } = options;
  if (threshold === undefined) return undefined;
  const refuse = (why: string) => new ArgumentError('firstBlockCacheThreshold', threshold, `left out with ${why}`);
  if (!FirstBlockCache.fits(model.unet)) throw refuse(`${model.name}, whose network is no video transformer with blocks in a row`);
  if (contextSchedule !== undefined) throw refuse('contextSchedule: what a window’s blocks did says nothing of another');
  return new FirstBlockCache(model.unet, threshold, watch);
}

/** Runs a pass of denoising with an empty cache, and says afterwards what was saved by it, and how large the changes were that were taken for none. */
export async function withCache<Result>(
  network: DenoisingNetwork,
  options: DiffusionOptions,
  frames: FrameSpan,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!(network instanceof FirstBlockCache)) return run();
  network.reset();
  const result = await run();
  const { calls, saved, meanChange, mostChange } = network.use;
  const share = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const loss =
    saved === 0
      ? ''
      : ` There the first block's change had itself changed by ${share(meanChange)} on average, ${share(mostChange)} at most, since the last whole call.`;
  notice(
    options,
    `First-block cache, frames ${frames.start + 1} to ${frames.end}: all but the first block left out at ${saved} of ${calls} calls (${share(saved / Math.max(1, calls))}).${loss}`,
  );
  return result;
}
