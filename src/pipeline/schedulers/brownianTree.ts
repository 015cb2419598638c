import { SeedSequence, type Tensor, weightedSum } from '../core/index.js';
import type { NoiseSource } from './runOptions.js';

/** Words that seeds are spread over; diffusers' choice. */
const POOL = 24;
/** Decimal places that times are rounded to; diffusers' tolerance of 1e-6. */
const PLACES = 6n;
/**
 * Halves kept of intervals that were looked at last: the ways to two times, each of one interval a level. Steps follow one another, so that
 * every time is asked for again as the beginning of the next step.
 */
const KEPT = 64;

/** A stretch of time in the tree. */
interface Interval {
  readonly start: number;
  readonly end: number;
  /** Which of its level it is, and which level. */
  readonly key: bigint;
  readonly depth: number;
}

/**
 * Brownian motion over a stretch of time that comes out the same however finely, and in whichever order, it is asked for: halves of
 * intervals are found from the whole by the Brownian bridge, each with a seed of its own.
 *
 * Li et al. 2020, "Scalable Gradients for Stochastic Differential Equations"; Kidger et al. 2021, "Efficient and Accurate Gradients for
 * Neural SDEs", section 4. Gives the numbers of torchsde's `BrownianInterval(halfway_tree=True, tol=1e-6, pool_size=24)`, with which
 * diffusers' SDE samplers draw.
 */
export class BrownianTree {
  private readonly top: Interval;
  private readonly whole: Tensor;
  /** By name, the one looked at longest ago first. */
  private readonly kept = new Map<string, Tensor>();
  private readonly seeds: SeedSequence;

  /**
   * @param dims shape of the noise.
   * @param start least time, such as the smallest σ.
   * @param end greatest time.
   * @param seed a whole number of 0 or more.
   * @param source says in which order noise of a shape is drawn from a seed.
   */
  constructor(
    private readonly dims: readonly number[],
    start: number,
    end: number,
    seed: bigint,
    private readonly source: (seed: number) => NoiseSource,
  ) {
    this.top = { start: rounded(start), end: rounded(end), key: 0n, depth: 0 };
    this.seeds = new SeedSequence(seed, POOL);
    this.whole = weightedSum([Math.sqrt(end - start), source(this.seeds.firstWord([])).randn(dims)]);
  }

  /** What the motion gains from `from` to `to`, brought to unit variance; backwards in time it changes its sign. Times beyond the ends count as the ends. */
  noiseBetween(from: number, to: number): Tensor {
    const inside = (time: number) => rounded(Math.min(Math.max(time, this.top.start), this.top.end));
    const [low, high] = [inside(Math.min(from, to)), inside(Math.max(from, to))];
    const scale = (from > to ? -1 : 1) / Math.sqrt(Math.abs(to - from));
    const parts = low === high ? [] : this.parts(this.top, this.whole, low, high);
    return parts.length === 0 ? this.whole.map(() => 0) : weightedSum(...parts.map((part): [number, Tensor] => [scale, part]));
  }

  /** The increments of the largest intervals of the tree that make up `low` … `high` within `interval`, whose own increment is `increment`. */
  private parts(interval: Interval, increment: Tensor, low: number, high: number): Tensor[] {
    const { start, end, key, depth } = interval;
    if (low === start && high === end) return [increment];
    const middle = rounded((end + start) / 2);
    const left: Interval = { start, end: middle, key: 2n * key, depth: depth + 1 };
    const right: Interval = { start: middle, end, key: 2n * key + 1n, depth: depth + 1 };
    const half = this.leftHalf(interval, increment, middle);
    // The later time first: as σ falls it is the one that was kept from the last step, and is kept longer for it than the other.
    const later = high > middle ? this.parts(right, weightedSum([1, increment], [-1, half]), Math.max(low, middle), high) : [];
    const earlier = low < middle ? this.parts(left, half, low, Math.min(high, middle)) : [];
    return [...earlier, ...later];
  }

  /** The increment of an interval's left half, given that of the whole: Brownian bridge. */
  private leftHalf({ start, end, key, depth }: Interval, increment: Tensor, middle: number): Tensor {
    const name = `${depth}/${key}`;
    const half = this.kept.get(name) ?? this.drawnHalf(start, end, middle, increment, [key, BigInt(depth)]);
    this.kept.delete(name);
    if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(name, half);
    return half;
  }

  private drawnHalf(start: number, end: number, middle: number, increment: Tensor, key: readonly bigint[]): Tensor {
    const [before, after, length] = [middle - start, end - middle, end - start];
    const noise = this.source(this.seeds.firstWord(key)).randn(this.dims);
    return weightedSum([before / length, increment], [Math.sqrt((before * after) / length), noise]);
  }
}

/** Rounded to six decimal places of the exact binary value, halves to even, as Python's `round` does. */
function rounded(value: number): number {
  const text = Number(value.toFixed(Number(PLACES)));
  // `toFixed` rounds halves up; they are exact halves only where doubling and scaling are exact.
  const scaled = value * 2 ** 40;
  if (!Number.isSafeInteger(scaled)) return text;
  const twice = BigInt(scaled) * 2n * 10n ** PLACES;
  const unit = 1n << 40n;
  if (twice % unit !== 0n || (twice / unit) % 2n === 0n) return text;
  const below = (twice / unit - 1n) / 2n;
  return Number(below % 2n === 0n ? below : below + 1n) / Number(10n ** PLACES);
}
