import assert from 'node:assert/strict';
import { BLOCK, boxMuller } from '../../../../src/pipeline/core/boxMuller.js';
import { MersenneTwister } from '../../../../src/pipeline/core/mersenneTwister.js';

const ONE = 2 ** 24;
const HALF = BLOCK / 2;
const TURN = Math.fround(2 * Math.PI);

/** The definition, in double precision. */
function byMath(uniform: Int32Array): Float32Array {
  const out = new Float32Array(uniform.length);
  for (let block = 0; block < uniform.length; block += BLOCK) {
    for (let i = block; i < block + HALF; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform[i]! / ONE));
      const angle = TURN * (uniform[i + HALF]! / ONE);
      out[i] = radius * Math.cos(angle);
      out[i + HALF] = radius * Math.sin(angle);
    }
  }
  return out;
}

function assertSameBits(uniform: Int32Array): void {
  const out = new Float32Array(uniform.length);
  boxMuller(uniform, out, 0, uniform.length);
  const [bits, expected] = [new Uint32Array(out.buffer), new Uint32Array(byMath(uniform).buffer)];
  const other = bits.findIndex((value, i) => value !== expected[i]);
  assert.equal(other, -1, `value ${other}, of ${uniform[other]}, is ${out[other]}`);
}

describe('Box–Muller by tables', () => {
  it('gives to the bit what logarithm, sine and cosine in double precision give', () => {
    const uniform = new Int32Array(1 << 17);
    new MersenneTwister(11).fill24(uniform, uniform.length);
    assertSameBits(uniform);
  });

  it('also at the ends of the radii, around quarter turns, and around every entry of the tables', () => {
    const edges = [0, ONE / 2048, ONE / 4, ONE / 2, (3 * ONE) / 4, ONE];
    const entries = Array.from({ length: 512 }, (_, i) => (i * ONE) / 512);
    const values = [...edges, ...entries].flatMap((edge) => [edge - 2, edge - 1, edge, edge + 1, edge + 2]);
    const inside = values.filter((value) => value >= 0 && value < ONE);
    for (const other of [0, 1, 12_345_678, ONE - 1]) {
      const pairs = inside.flatMap((value) => [
        [value, other],
        [other, value],
      ]);
      const uniform = new Int32Array(Math.ceil(pairs.length / HALF) * BLOCK);
      for (const [i, [radius = 0, angle = 0]] of pairs.entries()) {
        const place = Math.floor(i / HALF) * BLOCK + (i % HALF);
        uniform[place] = radius;
        uniform[place + HALF] = angle;
      }
      assertSameBits(uniform);
    }
  });
});
