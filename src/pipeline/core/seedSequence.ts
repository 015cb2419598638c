const [INIT_A, MULTIPLY_A, INIT_B, MULTIPLY_B] = [0x43b0d7e5, 0x931e8875, 0x8b51f9dd, 0x58f38ded];
const [MIX_LEFT, MIX_RIGHT] = [0xca01f9dd, 0x4973f715];

/**
 * Independent seeds out of one, as NumPy's `SeedSequence(entropy, spawn_key, pool_size).generate_state(count)` makes them.
 *
 * O'Neill 2015, "Developing a seed_seq Alternative", whose mixing NumPy took up.
 *
 * @param entropy the seed, a whole number of 0 or more.
 * @param spawnKey says which of many sequences of one seed; each 0 or more; empty for the first.
 * @param poolSize words that the entropy is spread over.
 * @returns words of 32 bits.
 */
export function seedSequence(entropy: bigint, spawnKey: readonly bigint[], poolSize: number, count: number): Uint32Array {
  const own = words(entropy);
  const padding = spawnKey.length > 0 ? Array<number>(Math.max(poolSize - own.length, 0)).fill(0) : [];
  const pool = mixedPool([...own, ...padding, ...spawnKey.flatMap(words)], poolSize);
  let constant = INIT_B;
  return Uint32Array.from({ length: count }, (_, i) => {
    const salted = pool[i % poolSize]! ^ constant;
    constant = Math.imul(constant, MULTIPLY_B);
    return folded(Math.imul(salted, constant));
  });
}

function mixedPool(entropy: readonly number[], size: number): Uint32Array {
  let constant = INIT_A;
  const hashed = (value: number) => {
    const salted = value ^ constant;
    constant = Math.imul(constant, MULTIPLY_A);
    return folded(Math.imul(salted, constant));
  };
  const pool = Uint32Array.from({ length: size }, (_, i) => hashed(entropy[i] ?? 0));
  const mixIn = (to: number, value: number) => {
    pool[to] = folded(Math.imul(MIX_LEFT, pool[to]!) - Math.imul(MIX_RIGHT, hashed(value)));
  };
  for (let from = 0; from < size; from++) for (let to = 0; to < size; to++) if (from !== to) mixIn(to, pool[from]!);
  for (const value of entropy.slice(size)) for (let to = 0; to < size; to++) mixIn(to, value);
  return pool;
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
