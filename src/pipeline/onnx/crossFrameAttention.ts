import type { AttentionBlock } from './attentionBlocks.js';
import type { FoundAttention } from './attentionSites.js';
import { computedFrom } from './dataFlow.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter, Use } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { fixedSizes, inputShapes, type NetworkInputs, tellingSizes } from './networkInputs.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says for each frame whose keys and values it takes: int64 `[frames]`. */
export const FRAME_INDEX_INPUT = 'frame_index';

/** Operators between a projection and the product that it is for: scale, bias, and the axis for heads. */
const passing = new Set(['Transpose', 'Reshape', 'Mul', 'Div', 'Add', 'Cast', 'Identity', 'Unsqueeze']);

/**
 * Lets frames look at each other: in every self-attention, frame `i` takes the keys and values of frame `frame_index[i]`.
 *
 * `[0, 1, 2, …]` gives exactly what the network gave before; `[0, 0, 0, …]` makes every frame take its appearance from the
 * first (Khachatryan et al. 2023, "Text2Video-Zero"). All frames must be in one call.
 * @param attentions as found in this very graph; those that are no self-attentions are passed over.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where keys and values cannot be reached frame by frame.
 */
export function crossFrameAttention(graph: GraphRewriter, attentions: readonly FoundAttention[], inputs: NetworkInputs): void {
  const sizes = fixedSizes(graph.model, inputs, tellingSizes);
  const shapes = inferShapes(graph, inputShapes(graph.model, inputs, sizes));
  const varying = computedFrom(graph, inputs.sample);
  const index = graph.addInput(FRAME_INDEX_INPUT, ElementType.int64, ['frames']);
  for (const { site, block } of attentions) {
    if (site.kind !== 'self') continue;
    for (const use of keysAndValues(graph, block)) {
      const source = use && nearestToFrames(graph, use, varying, shapes, sizes.frames);
      if (!source)
        throw onnxErrors.unsupported(
          graph.model.file,
          `the keys and values of ${site.id} cannot be told apart by frames, so frames cannot look at each other there.`,
        );
      graph.rewire(source, graph.add('Gather', [source.node.inputs[source.input]!, index], { axis: 0 }));
    }
  }
}

/** Where an attention takes its keys and its values. */
function keysAndValues(graph: GraphRewriter, { form, node, key, scores, context, probabilities }: AttentionBlock): (Use | undefined)[] {
  if (form !== 'decomposed') {
    const separate = form !== 'com.microsoft.Attention' && node.inputs[1] && node.inputs[2];
    return separate
      ? [
          { node, input: 1 },
          { node, input: 2 },
        ]
      : [undefined];
  }
  const weighted = computedFrom(graph, probabilities);
  return [
    { node: scores, input: scores.inputs.lastIndexOf(key) },
    { node: context, input: context.inputs.findIndex((value) => !weighted.has(value)) },
  ];
}

/** The place furthest back from `use`, towards the projection, at which the first axis is that of the frames. */
function nearestToFrames(
  graph: GraphRewriter,
  use: Use,
  varying: ReadonlySet<string>,
  shapes: ReadonlyMap<string, Shape>,
  frames: number,
): Use | undefined {
  let found: Use | undefined;
  for (let at: Use | undefined = use; at;) {
    const value: string = at.node.inputs[at.input]!;
    if (shapes.get(value)?.[0] === frames) found = at;
    const before = graph.producer(value);
    const from = before?.inputs.flatMap((input, i) => (varying.has(input) ? [i] : [])) ?? [];
    at = before && passing.has(before.opType) && from.length === 1 ? { node: before, input: from[0]! } : undefined;
  }
  return found;
}
