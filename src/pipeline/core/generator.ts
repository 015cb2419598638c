import { ArgumentError } from './errors.js';
import { elementCount, Tensor } from './tensor.js';
import { MersenneTwister } from './mersenneTwister.js';

/** From this many values on, PyTorch fills a tensor in blocks of 16; below it draws one value at a time. */
const BLOCK = 16;

/**
 * A seeded source of normal noise that gives what `torch.Generator('cpu').manual_seed(seed)` gives
 * to `torch.randn` for the same shapes in the same order, so that a seed from diffusers makes the same picture here.
 *
 * Follows PyTorch's `normal_fill` (Box–Muller in single precision over blocks of 16) and
 * `normal_distribution<double>` (Box–Muller in double precision with the second value kept) for small tensors.
 */
export class Generator {
  /** The seed it was made with. */
  readonly seed: number | bigint;
  private readonly bits: MersenneTwister;
  private kept: number | undefined;

  /** @param seed a whole number; only its low 32 bits matter, as in PyTorch's CPU generator. */
  constructor(seed: number | bigint) {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new ArgumentError('seed', seed, 'a whole number below 2^53 (or a bigint)');
    }
    this.seed = seed;
    this.bits = new MersenneTwister(Number(BigInt.asUintN(32, BigInt(seed))));
  }

  /** All that the next numbers depend on, as bytes; set it to have the same numbers come again. */
  get state(): Uint8Array {
    const kept = this.kept === undefined ? [] : [this.kept];
    const words = this.bits.words;
    const bytes = new Uint8Array(words.byteLength + 8 * kept.length);
    bytes.set(new Uint8Array(words.buffer));
    bytes.set(new Uint8Array(Float64Array.from(kept).buffer), words.byteLength);
    return bytes;
  }

  /** @throws {ArgumentError} for bytes that {@link state} cannot have given. */
  set state(bytes: Uint8Array) {
    const words = this.bits.words;
    if (bytes.byteLength !== words.byteLength && bytes.byteLength !== words.byteLength + 8)
      throw new ArgumentError('state', `${bytes.byteLength} bytes long`, `${words.byteLength} bytes, or 8 more`);
    const { buffer } = bytes.slice();
    this.bits.words = new Uint32Array(buffer, 0, words.length);
    this.kept = bytes.byteLength > words.byteLength ? new Float64Array(buffer.slice(words.byteLength))[0] : undefined;
  }

  /** A generator of another seed. */
  seeded(seed: number | bigint): Generator {
    return new Generator(seed);
  }

  /** Standard normal noise of the given shape. */
  randn(dims: readonly number[]): Tensor {
    const out = new Float32Array(elementCount(dims));
    if (out.length < BLOCK) for (let i = 0; i < out.length; i++) out[i] = this.normal();
    else this.fill(out);
    return new Tensor(out, dims);
  }

  private fill(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.uniform();
    for (let i = 0; i + BLOCK <= out.length; i += BLOCK) boxMuller(out.subarray(i, i + BLOCK));
    if (out.length % BLOCK !== 0) {
      // PyTorch draws the last 16 values anew rather than handle a short block.
      const last = out.subarray(out.length - BLOCK);
      for (let i = 0; i < BLOCK; i++) last[i] = this.uniform();
      boxMuller(last);
    }
  }

  /** [0, 1) in steps of 2⁻²⁴, exact in float32. */
  private uniform(): number {
    return (this.bits.next() & 0xffffff) * 2 ** -24;
  }

  /** [0, 1) in steps of 2⁻⁵³. */
  private uniformDouble(): number {
    const high = this.bits.next() & 0x1fffff;
    return (high * 2 ** 32 + this.bits.next()) * 2 ** -53;
  }

  private normal(): number {
    if (this.kept !== undefined) {
      const value = this.kept;
      this.kept = undefined;
      return value;
    }
    const angle = 2 * Math.PI * this.uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniformDouble()));
    this.kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniform values into 16 normal ones in place: value j and j + 8 make a pair. */
function boxMuller(block: Float32Array): void {
  for (let j = 0; j < BLOCK / 2; j++) {
    const radius = Math.sqrt(-2 * Math.log(Math.fround(1 - block[j]!)));
    const angle = Math.fround(2 * Math.PI) * block[j + BLOCK / 2]!;
    block[j] = radius * Math.cos(angle);
    block[j + BLOCK / 2] = radius * Math.sin(angle);
  }
}
