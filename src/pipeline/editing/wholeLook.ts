import type { Frame } from '../core/index.js';
import { colourOf, hueOf, luma } from './hues.js';

/** How often a fit is made again without what strays from it. */
const ROUNDS = 5;

/** Levels of difference from which on a pixel strays. */
const STRAYS = 32;

/** Levels by which brightness, and hues, have to differ for it to be believed that what became of them depends on them. */
const DIFFER = { luma: 1, hue: 10 };

/** Most that a look may strengthen contrasts and the differences of hues by. */
const STRENGTHENED = 1.5;

/** Numbers of a pixel that the fit is about: 1; brightness and hue before; the same after. */
const NUMBERS = 7;

/** Those that are known before. */
const BEFORE = 4;

/** A picture before and after a look, by the VAE both. */
interface Pair {
  readonly roundTrip: Frame;
  readonly edited: Frame;
}

/**
 * What a look of the whole picture, as fog, sepia and black and white, makes of all its colours together: brightness becomes another by a gain and an offset; hues keep a
 * share of their differences and get one of the look's, which may depend on the brightness. So few numbers do not follow the network's errors about one colour or another.
 *
 * Least squares, made again with what strays counting little (Cauchy's weights), and with a ridge, so that nothing is made of differences that the picture hardly has.
 */
export class WholeLook {
  private readonly sums = new Float64Array(BEFORE * NUMBERS);

  /** Learns from further pictures; those from before go on counting. */
  learn(pairs: readonly Pair[]): void {
    const before = Float64Array.from(this.sums);
    for (let round = 0; round < ROUNDS; round++) {
      const look = round === 0 ? undefined : this.found();
      this.sums.set(before);
      for (const pair of pairs) this.count(pair, look);
    }
  }

  /** What is known so far. */
  found(): Look {
    const { sums } = this;
    const n = sums[0]! || 1;
    const means = Array.from({ length: NUMBERS }, (_, i) => sums[i]! / n);
    const [, l, x, y] = means as [number, number, number, number];
    const [L, U, V] = means.slice(BEFORE) as [number, number, number];
    const covariance = (i: number, j: number) => sums[i * NUMBERS + j]! / n - means[i]! * means[j]!;
    const bright = covariance(1, 1);
    const gain = clamped(covariance(1, 4) / (bright + DIFFER.luma ** 2));
    const ridge = DIFFER.hue ** 2;
    const [lx, ly] = [covariance(1, 2), covariance(1, 3)];
    const [byLumaU, byLumaV] = [covariance(1, 5) / (bright + ridge), covariance(1, 6) / (bright + ridge)];
    const rest = covariance(2, 2) + covariance(3, 3) + ridge - (lx * lx + ly * ly) / (bright + ridge);
    const slope = clamped((covariance(2, 5) + covariance(3, 6) - lx * byLumaU - ly * byLumaV) / rest);
    const tint = [byLumaU - (slope * lx) / (bright + ridge), byLumaV - (slope * ly) / (bright + ridge)] as const;
    return new Look({ gain, slope, tint, from: [l, x, y], to: [L, U, V] });
  }

  private count({ roundTrip, edited }: Pair, look: Look | undefined): void {
    const numbers = new Float64Array(NUMBERS).fill(1);
    const made = new Float32Array(3);
    const [from, to] = [roundTrip.data, edited.data];
    for (let i = 0; i < from.length; i += 3) {
      numbers.set([luma(from, i), 0, 0, luma(to, i)], 1);
      numbers.set(hueOf(from, i, numbers[1]!), 2);
      numbers.set(hueOf(to, i, numbers[4]!), 5);
      look?.apply(from, i, made);
      const strays = look ? Math.hypot(made[0]! - to[i]!, made[1]! - to[i + 1]!, made[2]! - to[i + 2]!) / STRAYS : 0;
      const weight = 1 / (1 + strays * strays);
      for (let a = 0, k = 0; a < BEFORE; a++) {
        const share = weight * numbers[a]!;
        for (let b = 0; b < NUMBERS; b++, k++) this.sums[k]! += share * numbers[b]!;
      }
    }
  }
}

/** The numbers of a look: what brightness and differences of hues are multiplied by, what a level of brightness adds to the hue, and the means before and after. */
interface LookNumbers {
  readonly gain: number;
  readonly slope: number;
  readonly tint: readonly [number, number];
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
}

/** A look of the whole picture. */
export class Look {
  constructor(private readonly numbers: LookNumbers) {}

  /** How much is left of the differences between hues. */
  get hueSlope(): number {
    return this.numbers.slope;
  }

  /** What becomes of the red, green and blue that stand from `at` on. @param out levels, not clamped. */
  apply(data: ArrayLike<number>, at: number, out: Float32Array): void {
    const { gain, slope, tint, from, to } = this.numbers;
    const bright = luma(data, at);
    const [x, y] = hueOf(data, at, bright);
    const more = bright - from[0];
    colourOf(to[0] + gain * more, [to[1] + slope * (x - from[1]) + tint[0] * more, to[2] + slope * (y - from[2]) + tint[1] * more], out);
  }
}

function clamped(share: number): number {
  return Math.min(STRENGTHENED, Math.max(0, share));
}
