import { buildErrors } from './errors.js';
import type { SafetensorsEntry } from '../../core/index.js';
import { type Dim, elementTypes, type GraphBuilder, type NodeOptions, type Value } from './graphBuilder.js';
import type { LoraLayers } from './loraLayers.js';
import { loraStrength } from './loraStrength.js';
import { ElementType } from '../onnxModel.js';
import type { Weights } from './weights.js';

/** Weights of up to so many bytes are cast to float32 at load, larger ones late; see {@link Module.weight}. */
const CAST_AT_LOAD = 4096;

/** Types whose values are real numbers. */
const realTypes: readonly string[] = ['F32', 'F16', 'BF16', 'F64', 'F8_E4M3', 'F8_E5M2'];

/** How attention is spelled, and what is laid over a network's weights. */
export interface BuildOptions {
  /**
   * Modules, by their path, whose attention is built in plain steps (scores, softmax, weighted sum), which can be tapped and steered
   * in between, rather than as the fused operator `MultiHeadAttention`, which is faster and takes less memory. None by default.
   */
  readonly plainAttention?: (path: string) => boolean;
  /**
   * LoRAs whose layers are added to the network's. Where one of them changes it, the graph takes a further input `lora_strengths` `[LoRAs]`, in this
   * order, with an entry for those too that change nothing in it.
   */
  readonly loras?: readonly LoraLayers[];
  /** Places of the latents that a call mostly has, by which it is chosen where LoRAs are computed; 64 × 64 by default. Any number can be run. */
  readonly loraPlaces?: number;
}

/** A value that weights wait for, and, once they were needed, 0 times the length of its first axis and the shapes that it was added to. */
interface Awaited {
  readonly value: Value;
  zero?: Value;
  readonly shapes: Map<string, Value>;
}

/**
 * One module of a network, as PyTorch has them: knows its path, so that its weights are found by it and its nodes are named
 * after it. `module.at('resnets.0')` is a module inside.
 */
export class Module {
  /** @param path of the module in the network; empty for the network itself. */
  constructor(
    readonly graph: GraphBuilder,
    readonly weights: Weights,
    readonly options: BuildOptions = {},
    readonly path = '',
    private readonly awaited?: Awaited,
  ) {}

  /** A module inside this one. */
  at(name: string): Module {
    return new Module(this.graph, this.weights, this.options, this.nameOf(name), this.awaited);
  }

  /** This module, with its large 16-bit weights read not before `value` is there: see {@link weight}. */
  after(value: Value): Module {
    return new Module(this.graph, this.weights, this.options, this.path, { value, shapes: new Map() });
  }

  /** Whether it has a tensor of this name. */
  has(tensor: string): boolean {
    return this.weights.has(this.nameOf(tensor));
  }

  /** Shape of a tensor. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` when it is missing. */
  dims(tensor: string): readonly number[] {
    return this.weights.dims(this.nameOf(tensor));
  }

  /**
   * A weight as float32.
   *
   * Those of 16 bits are cast where they are used. A plain Cast of a constant would be done once, at load, for all weights
   * together, which takes more memory than a file in 32 bits. Large ones are therefore seen through a Reshape whose target depends
   * (by 0 ·) on the length of an axis of the block's input: only one block's weights are in memory at a time.
   * @param view another shape of the same numbers: a 1 × 1 convolution as a matrix.
   * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` when it is missing, is no number, or has not as many numbers as the view.
   */
  weight(tensor: string, view?: readonly number[]): Value {
    const name = this.nameOf(tensor);
    const entry = this.weights.take(name);
    const dims = view ?? entry.dims;
    if (count(dims) !== count(entry.dims)) throw this.wrongShape(tensor, `hold ${dims.join(' × ')} numbers`);
    if (!realTypes.includes(entry.type)) throw buildErrors.notNumbers(this.weights.source, name, entry.type);
    return this.withDifferences(name, this.foreign(name, entry, dims));
  }

  /** A weight with what LoRAs add to it as it is. */
  private withDifferences(name: string, weight: Value): Value {
    const { loras = [] } = this.options;
    return loras.reduce((sum, { differences }, i) => {
      const entry = differences.get(name);
      if (!entry) return sum;
      const change = this.foreign(`lora.${i}.${name}.difference`, entry, weight.dims as readonly number[]);
      return this.add(sum, this.node('Mul', [change, loraStrength(this.graph, loras, i, 1)], weight.dims));
    }, weight);
  }

  /** Numbers that are no weight of the network's own, as float32; read like a {@link weight}. @param name tells them from all others of the graph. */
  foreign(name: string, entry: SafetensorsEntry, dims: readonly number[]): Value {
    const stored = this.graph.external(name, entry, dims);
    if (entry.type === 'F32') return stored;
    if (!this.awaited || entry.byteLength <= CAST_AT_LOAD) return this.toFloat(stored);
    const late = this.node('Reshape', [stored, this.lateShape(this.awaited, dims)], dims);
    this.graph.declare(late, elementTypes[entry.type]);
    return this.toFloat(late);
  }

  /** Rows of a weight, chosen by number: an embedding. Only those rows are cast. @param indices int64. */
  rows(tensor: string, indices: Value): Value {
    const name = this.nameOf(tensor);
    const entry = this.weights.take(name);
    const rows = this.node('Gather', [this.graph.external(name, entry), indices], [...indices.dims, ...entry.dims.slice(1)]);
    return entry.type === 'F32' ? rows : this.toFloat(rows);
  }

  /** Adds a node of this module. */
  node(opType: string, inputs: readonly (Value | undefined)[], dims: readonly Dim[], options: Omit<NodeOptions, 'module'> = {}): Value {
    return this.graph.node(opType, inputs, dims, { ...options, module: this.path });
  }

  /** a + b; the shape is that of a. */
  add(a: Value, b: Value): Value {
    return this.node('Add', [a, b], a.dims);
  }

  /** Lengths of the axes from `start` up to but not including `end`, as the call has them. */
  shapeOf(value: Value, start = 0, end = value.dims.length): Value {
    return this.node('Shape', [value], [end - start], { attributes: { start, end } });
  }

  /** Another shape of the same numbers, put together from constants, shapes of other values, and −1 for what is left. */
  reshape(value: Value, target: readonly (number | Value)[], dims: readonly Dim[]): Value {
    return this.node('Reshape', [value, this.joined(target)], dims);
  }

  /** A list of lengths from constants and shapes. */
  joined(parts: readonly (number | Value)[]): Value {
    if (parts.every((part) => typeof part === 'number')) return this.graph.integers(parts);
    if (parts.length === 1) return parts[0] as Value;
    const lists = parts.map((part) => (typeof part === 'number' ? this.graph.integers([part]) : part));
    return this.node('Concat', lists, [lists.reduce((sum, { dims }) => sum + Number(dims[0]), 0)], { attributes: { axis: 0 } });
  }

  /** Axes in another order. */
  transpose(value: Value, perm: readonly number[]): Value {
    return this.node(
      'Transpose',
      [value],
      perm.map((axis) => value.dims[axis]!),
      { attributes: { perm } },
    );
  }

  /** Refuses a weight. @param wanted goes on from "it must". */
  wrongShape(tensor: string, wanted: string) {
    return buildErrors.wrongShape(this.weights.source, this.nameOf(tensor), this.dims(tensor), wanted);
  }

  /** Refuses a weight that takes or gives another number of channels than there are. */
  requireChannels(tensor: string, axis: number, channels: Dim | undefined, what: 'take' | 'give'): void {
    if (typeof channels === 'number' && this.dims(tensor)[axis] !== channels) throw this.wrongShape(tensor, `${what} ${channels} channels`);
  }

  /** A shape that is not known before the awaited value is there. */
  private lateShape(awaited: Awaited, dims: readonly number[]): Value {
    awaited.zero ??= this.node('Mul', [this.shapeOf(awaited.value, 0, 1), this.graph.integers([0])], [1]);
    const known = awaited.shapes.get(dims.join()) ?? this.node('Add', [this.graph.integers(dims), awaited.zero], [dims.length]);
    awaited.shapes.set(dims.join(), known);
    return known;
  }

  private toFloat(value: Value): Value {
    return this.node('Cast', [value], value.dims, { attributes: { to: ElementType.float } });
  }

  private nameOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

/** How many numbers a tensor of this shape has. */
function count(dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, 1);
}
