import { BLOCK, boxMuller } from './boxMuller.js';
import { ArgumentError } from './errors.js';
import { elementCount, Tensor } from './tensor.js';
import { MersenneTwister } from './mersenneTwister.js';

/** Uniform numbers on the way to normal ones; a multiple of a block. */
const uniform = new Int32Array(256 * BLOCK);

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
    // PyTorch fills a tensor in blocks; one smaller than that, value by value.
    if (out.length < BLOCK) for (let i = 0; i < out.length; i++) out[i] = this.normal();
    else this.fill(out);
    return new Tensor(out, dims);
  }

  /** The whole numbers below `count` in random order, as `torch.randperm(count, generator=…)` gives them. */
  randperm(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < count - 1; i++) {
      const other = i + (this.bits.next() % (count - i));
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    return order;
  }

  private fill(out: Float32Array): void {
    const whole = out.length - (out.length % BLOCK);
    for (let at = 0; at < whole; at += uniform.length) this.fillBlocks(out, at, Math.min(uniform.length, whole - at));
    if (whole === out.length) return;
    // PyTorch draws the short block's uniform numbers, then the last 16 values anew.
    this.bits.fill24(uniform, out.length - whole);
    this.fillBlocks(out, out.length - BLOCK, BLOCK);
  }

  private fillBlocks(out: Float32Array, start: number, count: number): void {
    this.bits.fill24(uniform, count);
    boxMuller(uniform, out, start, count);
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
