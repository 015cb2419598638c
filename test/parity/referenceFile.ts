import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from '../../src/pipeline/core/tensor.js';
import type { Frame } from '../../src/pipeline/core/index.js';

/** Where an array of reference values lies: `float32[2,4,8,8]@1024` is type, shape and offset in bytes. */
export type Stored = string;

const folder = join(__dirname, 'reference');

/** The index of one topic, for topics whose values all stand in it. */
export function readIndex<Index>(topic: string): Index {
  return JSON.parse(readFileSync(join(folder, `${topic}.json`), 'utf8')) as Index;
}

/** The reference values of one topic, made by `make_reference.py`: an index and the values it points into. */
export class ReferenceFile<Index> {
  readonly index: Index;
  private readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(topic: string) {
    this.index = readIndex(topic);
    // A copy at offset 0 of its own buffer: typed arrays need aligned offsets.
    this.bytes = Uint8Array.from(readFileSync(join(folder, `${topic}.bin`)));
  }

  /** Stored floating-point values with their shape. */
  tensor(stored: Stored): Tensor {
    const { kind, dims, offset, count } = parse(stored);
    if (kind !== 'float32') throw new TypeError(`${stored} is not a tensor of float32.`);
    return new Tensor(new Float32Array(this.bytes.buffer, offset, count).slice(), dims);
  }

  /** Stored values of any type, as plain numbers. */
  numbers(stored: Stored): number[] {
    const { kind, offset, count } = parse(stored);
    const types = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
    return Array.from(new types[kind](this.bytes.buffer, offset, count));
  }

  /** Stored pixels `[frames, height, width, 3]` as frames. */
  frames(stored: Stored): Frame[] {
    const { kind, dims, offset } = parse(stored);
    const [count, height, width] = dims as [number, number, number];
    if (kind !== 'uint8') throw new TypeError(`${stored} does not hold pixels.`);
    const size = height * width * 3;
    return Array.from({ length: count }, (_, i) => ({ data: this.bytes.slice(offset + i * size, offset + (i + 1) * size), width, height }));
  }

  /** The shape of a stored array. */
  dims(stored: Stored): number[] {
    return parse(stored).dims;
  }
}

function parse(stored: Stored): { kind: 'float32' | 'int32' | 'uint8'; dims: number[]; offset: number; count: number } {
  const match = /^(float32|int32|uint8)\[([\d,]*)\]@(\d+)$/.exec(stored);
  if (!match) throw new TypeError(`"${stored}" does not say where values lie.`);
  const dims = match[2] === '' ? [] : match[2]!.split(',').map(Number);
  return { kind: match[1] as 'float32', dims, offset: Number(match[3]), count: dims.reduce((product, length) => product * length, 1) };
}
