import type { Tensor } from '../core/index.js';
import type { ObservedStep } from '../diffusion/index.js';
import type { StepStatistics } from './record.js';

/** Adds up a step's statistics, window after window. */
export class StepMoments {
  private count = 0;
  private sum = 0;
  private squares = 0;
  private min = Infinity;
  private max = -Infinity;
  private change = 0;
  private guidance: number | undefined;

  /** Takes one window in; of latents that were padded only the first `frames`. */
  add({ latents, before, prediction }: ObservedStep, frames: number): void {
    const after = latents.slice(0, frames).data;
    for (const value of after) {
      this.sum += value;
      this.squares += value * value;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
    }
    this.count += after.length;
    this.change += squaredDistance(after, before);
    const [conditional, ...others] = prediction.predictions;
    const unconditional = others.at(-1);
    if (unconditional) this.guidance = (this.guidance ?? 0) + squaredDistance(conditional.slice(0, frames).data, unconditional);
  }

  /** The statistics of all windows together. */
  get statistics(): StepStatistics {
    const { count, sum, squares, min, max, change, guidance } = this;
    const mean = sum / count;
    return {
      mean,
      std: Math.sqrt(Math.max(0, squares / count - mean * mean)),
      min,
      max,
      change: Math.sqrt(change / count),
      ...(guidance === undefined ? {} : { guidance: Math.sqrt(guidance / count) }),
    };
  }
}

/** Σ (a − b)² over the values of `a`, which may be fewer than those of `b`. */
function squaredDistance(a: Float32Array, { data: b }: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
