import { convolution3d, framesOf, joinFrames } from './convolution3d.js';
import type { Dim, GraphBuilder, Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** How the names of inputs begin that hold frames of the chunk before. */
export const CACHE_INPUT = 'cache.';

/** How the names of outputs begin that the next chunk is given. */
export const CACHE_OUTPUT = 'next_cache.';

/** Beyond any frame. */
const END = 2 ** 31 - 1;

/**
 * What the causal convolutions of a graph for a part of a clip remember: the last frames that each of them saw. Those of the `first` part see nothing before them and
 * give them out; those of a `next` part take them as inputs and give out their own. Parts in a row then give the numbers of one pass.
 *
 * The first part must have as many frames everywhere as are remembered: two latent frames or more.
 */
export class FrameCaches {
  private readonly kept: { readonly name: string; readonly frames: Value }[] = [];

  constructor(
    /** Which part of a clip the graph is for. */
    readonly part: 'first' | 'next',
  ) {}

  /** The frames of `x` `[batch, channels, frames, height, width]` behind those that the module saw before; remembers the last ones. @param count frames that it looks back. */
  behindEarlier(m: Module, x: Value, count: number): Value {
    const [batch, channels, frames, height, width] = x.dims as [Dim, Dim, Dim, Dim, Dim];
    const earlier = this.earlier(m, { dims: [batch, channels, count, height, width] });
    const all = earlier ? joinFrames(m, [earlier, x], `${count}+${frames}`) : x;
    this.keep(m, framesOf(m, all, -count, END, count));
    return all;
  }

  /** What the module kept of the part before; undefined in the first one. @param like has its shape. */
  earlier(m: Module, { dims }: Pick<Value, 'dims'>): Value | undefined {
    return this.part === 'first' ? undefined : m.graph.input(CACHE_INPUT + m.path, dims);
  }

  /** Keeps frames for the part that follows. */
  keep(m: Module, frames: Value): void {
    this.kept.push({ name: m.path, frames });
  }

  /** Gives out what was remembered; to be called when the graph is complete otherwise. */
  giveOut(graph: GraphBuilder): void {
    for (const { name, frames } of this.kept) graph.output(frames, CACHE_OUTPUT + name);
  }
}

/** How a causal convolution runs. */
export interface CausalOptions {
  /** Channels that must come out, where the configuration says. */
  readonly out?: number | undefined;
  /** What was before, of a graph for a part of a clip. */
  readonly caches?: FrameCaches | undefined;
}

/**
 * Convolution over `[batch, in, frames, height, width]` in which no frame depends on a later one: diffusers' `WanCausalConv3d`. Before the first frame stand zeros.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function causalConvolution(m: Module, x: Value, { out, caches }: CausalOptions = {}): Value {
  const [, , frames = 1, height = 1, width = 1] = m.dims('weight');
  if (!caches || frames === 1) return convolution3d(m, x, { out });
  const all = caches.behindEarlier(m, x, frames - 1);
  if (caches.part === 'first') return convolution3d(m, all, { out });
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const { name, dims } = convolution3d(m, all, { out, pads: [0, top, left, 0, top, left] });
  return { name, dims: dims.map((dim, axis) => (axis === 2 ? x.dims[2]! : dim)) };
}
