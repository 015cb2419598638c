const [INIT_A, MULTIPLY_A, INIT_B, MULTIPLY_B] = [0x43b0d7e5, 0x931e8875, 0x8b51f9dd, 0x58f38ded];
const [MIX_LEFT, MIX_RIGHT] = [0xca01f9dd, 0x4973f715];

/**
 * Independent seeds out of one, as NumPy's `SeedSequence(entropy, spawn_key, pool_size)` makes them. What the entropy makes of the pool is
 * worked out once; each key goes on from there.
 *
 * O'Neill 2015, "Developing a seed_seq Alternative", whose mixing NumPy took up.
 */
export class SeedSequence {
  private readonly pool: Int32Array;
  private readonly constant: number;

  /**
   * @param entropy the seed, a whole number of 0 or more.
   * @param poolSize words that the entropy is spread over.
   */
  constructor(entropy: bigint, poolSize: number) {
    const own = words(entropy);
    const pool = new Int32Array(poolSize);
    let constant = INIT_A;
    for (let i = 0; i < poolSize; i++) {
      pool[i] = hashed(own[i] ?? 0, constant);
      constant = Math.imul(constant, MULTIPLY_A);
    }
    for (let from = 0; from < poolSize; from++) {
      for (let to = 0; to < poolSize; to++) {
        if (from === to) continue;
        pool[to] = mixed(pool[to]!, hashed(pool[from]!, constant));
        constant = Math.imul(constant, MULTIPLY_A);
      }
    }
    this.constant = mixInto(pool, own.slice(poolSize), constant);
    this.pool = pool;
  }

  /**
   * The first word of 32 bits, as `generate_state(1)[0]`.
   *
   * @param spawnKey says which of many sequences of one seed; each 0 or more; empty for the first.
   */
  firstWord(spawnKey: readonly bigint[]): number {
    const pool = this.pool.slice();
    mixInto(pool, spawnKey.flatMap(words), this.constant);
    return folded(Math.imul(pool[0]! ^ INIT_B, Math.imul(INIT_B, MULTIPLY_B))) >>> 0;
  }
}

/** Mixes each word into all of the pool. @returns the constant to go on with. */
function mixInto(pool: Int32Array, entropy: readonly number[], begin: number): number {
  let constant = begin;
  for (const value of entropy) {
    for (let to = 0; to < pool.length; to++) {
      pool[to] = mixed(pool[to]!, hashed(value, constant));
      constant = Math.imul(constant, MULTIPLY_A);
    }
  }
  return constant;
}

function hashed(value: number, constant: number): number {
  return folded(Math.imul(value ^ constant, Math.imul(constant, MULTIPLY_A)));
}

function mixed(word: number, hash: number): number {
  return folded(Math.imul(MIX_LEFT, word) - Math.imul(MIX_RIGHT, hash));
}

function folded(value: number): number {
  return value ^ (value >>> 16);
}

/** A whole number as words of 32 bits, lowest first; at least one. */
function words(value: bigint): number[] {
  const out: number[] = [];
  do {
    out.push(Number(value & 0xffffffffn));
    value >>= 32n;
  } while (value > 0n);
  return out;
}
