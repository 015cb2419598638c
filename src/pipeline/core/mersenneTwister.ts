const STATE_SIZE = 624;
const SHIFT = 397;

/**
 * MT19937, the generator behind `torch.Generator('cpu')`.
 *
 * Matsumoto & Nishimura, "Mersenne Twister", 1998. PyTorch seeds it with the low 32 bits of the seed only.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(STATE_SIZE);
  private position = STATE_SIZE;

  /** @param seed taken modulo 2³², as PyTorch does. */
  constructor(seed: number) {
    this.state[0] = seed >>> 0;
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
    let y = this.state[this.position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private twist(): void {
    const s = this.state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % STATE_SIZE]! & 0x7fffffff);
      s[i] = s[(i + SHIFT) % STATE_SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
