const STATE_SIZE = 624;
const SHIFT = 397;

/**
 * MT19937, the generator behind `torch.Generator('cpu')`.
 *
 * Matsumoto & Nishimura, "Mersenne Twister", 1998. PyTorch seeds it with the low 32 bits of the seed only.
 */
export class MersenneTwister {
  /** Signed, since that is what JavaScript's bit operations give. */
  private readonly state = new Int32Array(STATE_SIZE);
  private position = STATE_SIZE;

  /** @param seed taken modulo 2³², as PyTorch does. */
  constructor(seed: number) {
    this.state[0] = seed;
    for (let i = 1; i < STATE_SIZE; i++) {
      const previous = this.state[i - 1]!;
      this.state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** Everything that the next numbers depend on: 624 words and the position among them. */
  get words(): Uint32Array {
    return Uint32Array.of(...this.state, this.position);
  }

  set words(words: Uint32Array) {
    this.state.set(words.subarray(0, STATE_SIZE));
    this.position = Math.min(words[STATE_SIZE]!, STATE_SIZE);
  }

  /** The next 32 random bits, 0 … 2³² − 1. */
  next(): number {
    if (this.position === STATE_SIZE) this.twist();
    return tempered(this.state[this.position++]!) >>> 0;
  }

  /** The low 24 bits of each of the next `count` numbers, into the beginning of `out`. */
  fill24(out: Int32Array, count: number): void {
    for (let done = 0; done < count;) {
      if (this.position === STATE_SIZE) this.twist();
      const part = Math.min(count - done, STATE_SIZE - this.position);
      temper(this.state, this.position, out, done, part);
      this.position += part;
      done += part;
    }
  }

  private twist(): void {
    const s = this.state;
    const wrap = STATE_SIZE - SHIFT;
    for (let i = 0; i < wrap; i++) s[i] = s[i + SHIFT]! ^ twisted(s[i]!, s[i + 1]!);
    for (let i = wrap; i < STATE_SIZE - 1; i++) s[i] = s[i - wrap]! ^ twisted(s[i]!, s[i + 1]!);
    s[STATE_SIZE - 1] = s[SHIFT - 1]! ^ twisted(s[STATE_SIZE - 1]!, s[0]!);
    this.position = 0;
  }
}

/** What the upper bit of one word and the lower ones of the next make of a third. */
function twisted(word: number, next: number): number {
  const y = (word & 0x80000000) | (next & 0x7fffffff);
  return (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
}

function tempered(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}

function temper(state: Int32Array, from: number, out: Int32Array, to: number, count: number): void {
  for (let i = 0; i < count; i++) out[to + i] = tempered(state[from + i]!) & 0xffffff;
}
