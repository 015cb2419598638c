import { createHash, type Hash } from 'node:crypto';
import { ArgumentError, type Frame, Generator, Tensor } from '../core/index.js';
import type { Conditioning } from '../networks/index.js';
import type { Scheduler } from '../schedulers/index.js';

/** Work that several runs can have in common. */
export type SharedKind = 'text' | 'encode' | 'noise' | 'mask' | 'invert';

/** What a piece of work depends on: whatever is the same gives the same result. */
type Ingredient = Tensor | Frame | Uint8Array | string | number | bigint | boolean | undefined | readonly Ingredient[];

interface Kept {
  readonly value: unknown;
  readonly bytes: number;
}

/** Draws of one generator that are shared: a sample of the VAE's posterior and the noise to start from; those of the steps are not. */
const FIRST_DRAWS = 2;

/**
 * Work that runs have in common and that is done once: text embeddings, the encoded source, its inversion, the map of
 * what is to change, the first noise. Give one
 * of these to several calls as `shared`; every result is, bit for bit, what it would be without.
 *
 * What is made is kept in memory up to a bound, and the longest unused goes first. Runs of different models share nothing.
 */
export class SharedWork {
  private readonly kept = new Map<string, Kept>();
  private readonly models = new WeakMap<object, number>();
  private modelCount = 0;
  private byteCount = 0;
  private readonly counts: Record<SharedKind, { made: number; reused: number }> = {
    text: { made: 0, reused: 0 },
    encode: { made: 0, reused: 0 },
    noise: { made: 0, reused: 0 },
    mask: { made: 0, reused: 0 },
    invert: { made: 0, reused: 0 },
  };

  /** @param mostBytes what may be kept, in bytes; 256 MB by default. @throws {ArgumentError} for less than 0. */
  constructor(private readonly mostBytes = 256 << 20) {
    if (!(mostBytes >= 0)) throw new ArgumentError('mostBytes', mostBytes, 'a number of bytes, 0 or more');
  }

  /** Bytes that are kept. */
  get byteLength(): number {
    return this.byteCount;
  }

  /** How often each kind of work was made and how often it was there already. */
  get report(): Readonly<Record<SharedKind, { readonly made: number; readonly reused: number }>> {
    return structuredClone(this.counts);
  }

  /** @internal The result of a piece of work: made now, or what the same ingredients gave before. Tensors are copies. */
  async once<T>(kind: SharedKind, model: object, ingredients: readonly Ingredient[], make: () => Promise<T>): Promise<T> {
    const key = this.keyOf(kind, model, ingredients);
    const known = this.find<T>(kind, key);
    if (known !== undefined) return known;
    const value = await make();
    this.keep(key, value);
    return value;
  }

  /** @internal As {@link once}, for work that draws from a generator: afterwards that stands where the work leaves it. */
  async drawing<T>(
    kind: SharedKind,
    model: object,
    generator: Generator,
    ingredients: readonly Ingredient[],
    make: () => Promise<T>,
  ): Promise<T> {
    const [value, state] = await this.once(kind, model, [generator.state, ...ingredients], async () => {
      const made = await make();
      return [made, generator.state] as const;
    });
    generator.state = state;
    return value;
  }

  /** @internal A generator whose first draws are shared with those of the same seed. */
  generator(seed: number): Generator {
    return new SharedGenerator(seed, (dims, state, draw) => {
      const key = this.keyOf('noise', this, [state, dims]);
      const known = this.find<readonly [Tensor, Uint8Array]>('noise', key);
      if (known) return known;
      const made = draw();
      this.keep(key, made);
      return made;
    });
  }

  private find<T>(kind: SharedKind, key: string): T | undefined {
    const known = this.kept.get(key);
    this.counts[kind][known ? 'reused' : 'made']++;
    if (!known) return undefined;
    // The last one of a map is the one used last.
    this.kept.delete(key);
    this.kept.set(key, known);
    return copied(known.value) as T;
  }

  private keep(key: string, value: unknown): void {
    const bytes = bytesOf(value);
    if (bytes > this.mostBytes || this.kept.has(key)) return;
    this.kept.set(key, { value: copied(value), bytes });
    this.byteCount += bytes;
    for (const [oldest, { bytes: freed }] of this.kept) {
      if (this.byteCount <= this.mostBytes) return;
      this.kept.delete(oldest);
      this.byteCount -= freed;
    }
  }

  private keyOf(kind: SharedKind, model: object, ingredients: readonly Ingredient[]): string {
    if (!this.models.has(model)) this.models.set(model, ++this.modelCount);
    const hash = createHash('sha256').update(`${kind} ${this.models.get(model)}`);
    addTo(hash, ingredients);
    return hash.digest('base64');
  }
}

/** The result of a piece of work, shared where the caller shares. */
export function once<T>(
  shared: SharedWork | undefined,
  kind: SharedKind,
  model: object,
  ingredients: readonly Ingredient[],
  make: () => Promise<T>,
): Promise<T> {
  return shared ? shared.once(kind, model, ingredients, make) : make();
}

/**
 * How strongly each LoRA acts at the timesteps of a scheduler, for work that depends on it: as text, since a strength may be a function. Work is
 * shared by methods whose LoRAs act on all frames alike.
 */
export function loraStrengths({ loraWeights }: Conditioning, { timesteps }: Pick<Scheduler, 'timesteps'>): string {
  return JSON.stringify(loraWeights && timesteps.map((timestep) => loraWeights(timestep, 0))) ?? '';
}

type Draw = (dims: readonly number[], state: Uint8Array, draw: () => readonly [Tensor, Uint8Array]) => readonly [Tensor, Uint8Array];

/** A generator that asks for its first draws. */
class SharedGenerator extends Generator {
  private draws = 0;

  constructor(
    seed: number,
    private readonly ask: Draw,
  ) {
    super(seed);
  }

  override randn(dims: readonly number[]): Tensor {
    if (this.draws++ >= FIRST_DRAWS) return super.randn(dims);
    const [noise, state] = this.ask(dims, this.state, () => [super.randn(dims), this.state]);
    this.state = state;
    return noise;
  }
}

function addTo(hash: Hash, ingredient: Ingredient): void {
  if (ingredient instanceof Tensor) hash.update(`t${ingredient.dims.join()}:`).update(bytesIn(ingredient.data));
  else if (ingredient instanceof Uint8Array) hash.update(`b${ingredient.length}:`).update(ingredient);
  else if (Array.isArray(ingredient)) {
    hash.update(`[${ingredient.length}:`);
    for (const part of ingredient as readonly Ingredient[]) addTo(hash, part);
  } else if (typeof ingredient === 'object') {
    const { data, width, height } = ingredient as Frame;
    hash.update(`f${width}x${height}:`).update(data);
  } else {
    const text = `${typeof ingredient} ${String(ingredient)}`;
    hash.update(`s${text.length}:${text}`);
  }
}

function bytesIn({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Tensors, in whatever they are held, are written to by those who get them; nothing else is. */
function copied(value: unknown): unknown {
  if (value instanceof Tensor) return value.clone();
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key as unknown, copied(part)]));
  return Array.isArray(value) ? value.map(copied) : value;
}

function bytesOf(value: unknown): number {
  if (value instanceof Tensor) return value.data.byteLength;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 16;
  return [...(value instanceof Map ? value.values() : Object.values(value))].reduce((sum: number, part) => sum + bytesOf(part), 64);
}
