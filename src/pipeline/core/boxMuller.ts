/** PyTorch turns uniform numbers into normal ones in blocks of so many. */
export const BLOCK = 16;
const HALF = BLOCK / 2;

/** Uniform numbers are whole ones below this. */
const ONE = 2 ** 24;
const UNIT = 2 ** -24;
/** 2π in single precision, as PyTorch has it. */
const TURN = Math.fround(2 * Math.PI);

/** The leading 8 bits of a number say the entry of the tables, at whose middle they hold; what is left is small, and so are its series. */
const ENTRIES = 256;
const middles = Float64Array.from({ length: ENTRIES }, (_, i) => (i + 0.5) / ENTRIES);
const cosines = middles.map((turns) => Math.cos(TURN * turns));
const sines = middles.map((turns) => Math.sin(TURN * turns));
const logarithms = middles.map((fraction) => Math.log(1 + fraction));
const inverses = middles.map((fraction) => 1 / (1 + fraction));
/** Logarithm of the power of two in a number of 24 bits ⁄ 2²⁴, by how many zeros it has in front as one of 32. */
const exponents = Float64Array.from({ length: 33 }, (_, zeros) => (31 - zeros - 24) * Math.LN2);

/** Uniform numbers below this have radii near 0, of which tables and series keep too few digits. */
const SMALL = ONE / 2048;
/** More than the tables and series can be off, as a part of the radius: 2⁻⁴² for the least of those that they are used for. */
const DOUBT = 2 ** -40;

/**
 * Box–Muller: numbers of 24 uniform bits into standard normal ones, block of 16 by block. The first half of a block says radii, the second
 * angles, as in PyTorch's `normal_fill`.
 *
 * Logarithm, sine and cosine come from small tables and short series, several times faster than those of `Math`. Where what these are off
 * could make another float32 of a value, `Math` makes it: results are to the bit those of `Math` in double precision, rounded once.
 *
 * @param uniform whole numbers from 0 to 2²⁴ − 1.
 * @param start where in `out` the first goes.
 * @param count how many; a multiple of 16.
 */
export function boxMuller(uniform: Int32Array, out: Float32Array, start: number, count: number): void {
  for (let block = 0; block < count; block += BLOCK) {
    for (let i = block; i < block + HALF; i++) {
      const below = uniform[i]!;
      const rest = ONE - below;
      const zeros = Math.clz32(rest);
      // What stands behind the leading one, 31 bits of it.
      const digits = (rest << zeros) & 0x7fffffff;
      const bin = digits >>> 23;
      const r = ((digits & 0x7fffff) - 0x400000) * 2 ** -31 * inverses[bin]!;
      const log = exponents[zeros]! + (logarithms[bin]! + r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4 - r * (1 / 5))))));
      const radius = Math.sqrt(-2 * log);

      const turns = uniform[i + HALF]!;
      const sector = turns >>> 16;
      const x = ((turns & 0xffff) - 0x8000) * (TURN * UNIT);
      const xx = x * x;
      const sine = x * (1 - xx * (1 / 6 - xx * (1 / 120 - xx * (1 / 5040))));
      const cosine = 1 - xx * (1 / 2 - xx * (1 / 24 - xx * (1 / 720)));
      const first = radius * (cosines[sector]! * cosine - sines[sector]! * sine);
      const second = radius * (sines[sector]! * cosine + cosines[sector]! * sine);

      const doubt = radius * DOUBT;
      const high = Math.fround(first + doubt);
      const highSecond = Math.fround(second + doubt);
      out[start + i] = high;
      out[start + i + HALF] = highSecond;
      if (high !== Math.fround(first - doubt) || highSecond !== Math.fround(second - doubt) || below < SMALL)
        exactPair(below, turns, out, start + i);
    }
  }
}

function exactPair(below: number, turns: number, out: Float32Array, at: number): void {
  const radius = Math.sqrt(-2 * Math.log((ONE - below) * UNIT));
  const angle = TURN * (turns * UNIT);
  out[at] = radius * Math.cos(angle);
  out[at + HALF] = radius * Math.sin(angle);
}
