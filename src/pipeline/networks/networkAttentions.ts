import {
  type AttentionSite,
  findAttention,
  fixedSizes,
  type FoundAttention,
  GraphRewriter,
  inferShapes,
  type InputSizes,
  inputShapes,
  type NetworkInputs,
  type OnnxModel,
  type Shape,
} from '../onnx/index.js';
import type { GraphRewrite } from './graphRewrite.js';

/** The attentions of one network's file, for all who look at them or change them. */
export class NetworkAttentions {
  private known: readonly FoundAttention[] | undefined;
  private readonly shapes = new Map<string, ReadonlyMap<string, Shape>>();

  /** @param structure the network's own, without its weights. @param inputs how the network names sample and text. */
  constructor(
    private readonly structure: () => OnnxModel,
    /** How the network names sample and text. */
    readonly inputs: NetworkInputs,
  ) {}

  /** The network's file, without its weights. */
  get model(): OnnxModel {
    return this.structure();
  }

  /** What is known of each, in the order of computation. */
  get sites(): AttentionSite[] {
    return this.found.map(({ site }) => site);
  }

  /** Each with its part of the graph as the file has it. @throws {FrameloomError} `FL_ONNX_…` when the file cannot be followed. */
  get found(): readonly FoundAttention[] {
    return (this.known ??= findAttention(new GraphRewriter(this.structure()), this.inputs));
  }

  /** The same attentions in a graph of this file that is being rewritten. */
  in(graph: GraphRewriter): FoundAttention[] {
    const nodes = new Map(graph.nodes.map((node) => [node.original, node]));
    return this.found.map(({ site, block }) => {
      const [node, context, scores] = [block.node, block.context, block.scores].map(({ original }) => nodes.get(original)!) as [
        typeof block.node,
        typeof block.node,
        typeof block.node,
      ];
      return { site, block: { ...block, node, context, scores } };
    });
  }

  /** Sizes of the inputs, where the file fixes some of them. */
  fixedSizes(sizes: InputSizes): InputSizes {
    return fixedSizes(this.structure(), this.inputs, sizes);
  }

  /** Shapes of the file's values for inputs of these sizes, as far as they can be followed. */
  shapesFor(sizes: InputSizes): ReadonlyMap<string, Shape> {
    const fixed = this.fixedSizes(sizes);
    const key = Object.values(fixed).join();
    const known = this.shapes.get(key) ?? this.follow(fixed);
    // A run works at one size; a few are kept beside it.
    if (this.shapes.size > 4) this.shapes.clear();
    this.shapes.set(key, known);
    return known;
  }

  /** A rewrite that was applied to a graph which nobody keeps, to see whether it can be. @throws what applying it throws. */
  attempted(rewrite: GraphRewrite): GraphRewrite {
    rewrite.apply(new GraphRewriter(this.structure()));
    return rewrite;
  }

  private follow(sizes: InputSizes): ReadonlyMap<string, Shape> {
    const model = this.structure();
    return inferShapes(new GraphRewriter(model), inputShapes(model, this.inputs, sizes));
  }
}

/** Whether an attention has this id, or a path that begins so. */
export function isIn({ id }: Pick<AttentionSite, 'id'>, layer: string): boolean {
  return id === layer || id.startsWith(`${layer}.`);
}
