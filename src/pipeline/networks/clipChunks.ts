import { Tensor } from '../core/index.js';
import { CACHE_INPUT, CACHE_OUTPUT, type ChunkGraphs, GraphRewriter, inferShapes, type ModelSource, type Shape } from '../onnx/index.js';
import { Graph } from './graph.js';
import { callNeeds, type GraphNeeds, loadedNeeds } from './graphNeeds.js';
import type { GraphOptions } from './graphOptions.js';

/** Frames of a clip that goes through chunk by chunk. */
export interface ChunkSizes {
  /** Frames, or latent frames where latents are decoded, of the first chunk. */
  readonly first: number;
  /** Those of each further chunk. */
  readonly next: number;
}

/**
 * @internal
 * A network of clips through which a clip goes chunk by chunk: the last frames that each of its convolutions saw are kept for the next chunk. The numbers are those of one
 * pass over all frames, while memory follows the chunk. Its sessions are made when they are first used.
 */
export class ClipChunks {
  /** Name of the input that takes the clip, and of the output that gives it. */
  private readonly input: string;
  private readonly output: string;

  private constructor(
    private readonly first: Graph,
    private readonly next: Graph,
    /** How often the clip's last frame stands behind it once more; the first chunk then has a frame less, like all others. */
    private readonly lastRepeated: number,
  ) {
    this.input = [...first.inputs.keys()].find((name) => !name.startsWith(CACHE_INPUT))!;
    this.output = [...first.outputs.keys()].find((name) => !name.startsWith(CACHE_OUTPUT))!;
  }

  /** @internal Opens the graphs for chunks of a network that runs on the processor; undefined where it has none. */
  static async open(source: ModelSource, plain: Graph, options: GraphOptions = {}): Promise<ClipChunks | undefined> {
    // What a device of its own has of memory, nobody tells; there all frames go through at once.
    if (typeof source === 'string' || !source.inChunks || plain.use.device !== 'cpu') return undefined;
    const { first, next, lastRepeated = 0 }: ChunkGraphs = source.inChunks();
    const { device: _, ...settings } = options;
    return new ClipChunks(await Graph.loadBuilt(first, settings), await Graph.loadBuilt(next, settings), lastRepeated);
  }

  /**
   * Sends a clip through.
   *
   * @param clip `[1, channels, frames, height, width]`; of more frames than the first chunk, and whole chunks behind it, or fewer frames in the last one.
   * @param passed called after each chunk, and awaited.
   * @returns likewise, all frames of the chunks behind one another.
   */
  async code(clip: Tensor, sizes: ChunkSizes, passed?: () => void | Promise<void>): Promise<Tensor> {
    const { input, output } = this;
    const frames = clip.dims[2]! + this.lastRepeated;
    const { first, next } = this.sizesOf(sizes);
    const parts: Tensor[] = [];
    let caches: Readonly<Record<string, Tensor>> = {};
    for (let start = 0, graph = this.first; start < frames; graph = this.next) {
      const end = Math.min(frames, start + (start === 0 ? first : next));
      const given = await graph.run({ [input]: framesBetween(clip, start, end), ...caches });
      parts.push(given[output]!);
      await passed?.();
      caches = Object.fromEntries(
        Object.entries(given).flatMap(([name, value]) =>
          name.startsWith(CACHE_OUTPUT) ? [[CACHE_INPUT + name.slice(CACHE_OUTPUT.length), value]] : [],
        ),
      );
      start = end;
    }
    return behindOneAnother(parts);
  }

  /** What a chunk takes, worked out from shapes. @param clip shape of the clip, `[1, channels, frames, height, width]`. */
  needs(clip: Shape, sizes: ChunkSizes): GraphNeeds {
    const { input } = this;
    const { first, next } = this.sizesOf(sizes);
    const of = (frames: number): Shape => clip.map((length, axis) => (axis === 2 ? frames : length));
    const beginning = new Map([[input, of(first)]]);
    const given = inferShapes(new GraphRewriter(this.first.structure), beginning);
    const caches = [...given].flatMap(([name, shape]): [string, Shape][] =>
      name.startsWith(CACHE_OUTPUT) ? [[CACHE_INPUT + name.slice(CACHE_OUTPUT.length), shape]] : [],
    );
    const [begun, further] = [callNeeds(this.first, beginning), callNeeds(this.next, new Map([[input, of(next)], ...caches]))];
    const cacheBytes = caches.reduce(
      (sum, [, shape]) => sum + 4 * shape.reduce<number>((product, length) => product * (length ?? 0), 1),
      0,
    );
    const loaded = [this.first, this.next].map(({ structure, settings }) => loadedNeeds(structure, settings));
    return {
      weightBytes: loaded[0]!.weightBytes,
      loadedBytes: loaded.reduce((sum, { loadedBytes }) => sum + loadedBytes, 0),
      callBytes: Math.max(begun.callBytes, cacheBytes + further.callBytes),
      operations: further.operations,
    };
  }

  private sizesOf({ first, next }: ChunkSizes): ChunkSizes {
    return this.lastRepeated > 0 ? { first: next, next } : { first, next };
  }

  /** Gives its memory back. */
  async release(): Promise<void> {
    await this.first.release();
    await this.next.release();
  }
}

/** Some frames of `[1, channels, frames, height, width]`; behind the last one stands the last. */
function framesBetween(clip: Tensor, start: number, end: number): Tensor {
  const [, channels, frames, height, width] = clip.dims as [number, number, number, number, number];
  const plane = height * width;
  const part = Tensor.zeros([1, channels, end - start, height, width]);
  for (let channel = 0; channel < channels; channel++)
    for (let frame = start; frame < end; frame++) {
      const from = channel * frames + Math.min(frame, frames - 1);
      part.data.set(clip.data.subarray(from * plane, (from + 1) * plane), (channel * (end - start) + frame - start) * plane);
    }
  return part;
}

/** Clips `[1, channels, frames, height, width]` as one. */
function behindOneAnother(parts: readonly Tensor[]): Tensor {
  const [, channels, , height, width] = parts[0]!.dims as [number, number, number, number, number];
  const plane = height * width;
  const frames = parts.reduce((sum, { dims }) => sum + dims[2]!, 0);
  const whole = Tensor.zeros([1, channels, frames, height, width]);
  let start = 0;
  for (const { data, dims } of parts) {
    const own = dims[2]! * plane;
    for (let channel = 0; channel < channels; channel++)
      whole.data.set(data.subarray(channel * own, (channel + 1) * own), (channel * frames + start) * plane);
    start += dims[2]!;
  }
  return whole;
}
