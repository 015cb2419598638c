import { keysOf, valuesOf } from './attentionOperands.js';
import { extentOf, type FoundAttention } from './attentionSites.js';
import { computedFrom } from './dataFlow.js';
import { onnxErrors } from './errors.js';
import { GraphRewriter, type Use } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { fixedSizes, inputShapes, type NetworkInputs, tellingSizes } from './networkInputs.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says for each frame whose keys and values it takes, one frame's or several frames': int64 `[frames, sources]`. */
export const FRAME_INDEX_INPUT = 'frame_index';

/** Operators between a projection and the product that it is for: scale, bias, and the axis for heads. */
const passing = new Set(['Transpose', 'Reshape', 'Mul', 'Div', 'Add', 'Cast', 'Identity', 'Unsqueeze']);

/**
 * Lets frames look at each other: in every self-attention, frame `i` takes the keys and values of the frames `frame_index[i]`, those of several one behind the
 * other.
 *
 * `[[0], [1], [2], …]` gives exactly what the network gave before; `[[0], [0], [0], …]` makes every frame take its appearance from the
 * first (Khachatryan et al. 2023, "Text2Video-Zero"); `[[0, 0], [0, 0], [0, 1], …]` from the first and the one before (Wu et al. 2023, "Tune-A-Video"). All
 * frames must be in one call.
 * @param attentions as found in this very graph; those that are no self-attentions are passed over.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where keys and values cannot be reached frame by frame.
 */
export function crossFrameAttention(graph: GraphRewriter, attentions: readonly FoundAttention[], inputs: NetworkInputs): void {
  const sizes = fixedSizes(graph.model, inputs, tellingSizes);
  // As the file computes it: of what other rewrites feed besides, no shape is known.
  const shapes = inferShapes(new GraphRewriter(graph.model), inputShapes(graph.model, inputs, sizes));
  const varying = computedFrom(graph, inputs.sample);
  const index = graph.addInput(FRAME_INDEX_INPUT, ElementType.int64, ['frames', 'sources']);
  for (const { site, block } of attentions) {
    if (site.kind !== 'self') continue;
    for (const use of [keysOf(block), valuesOf(graph, block)]) {
      const source = use === undefined ? undefined : nearestToFrames(graph, use, varying, shapes, sizes.frames);
      const places = source === undefined ? undefined : placesAxis(shapes.get(source), extentOf(block, shapes)?.keys);
      if (source === undefined || places === undefined)
        throw onnxErrors.unsupported(
          graph.model.file,
          `the keys and values of ${site.id} cannot be told apart by frames, so frames cannot look at each other there.`,
        );
      graph.splice(source, (value) => ofFrames(graph, value, index, shapes.get(value)!.length, places));
    }
  }
}

/** Each frame's keys or values replaced by those of the frames that `index` names for it, joined along the axis of places. */
function ofFrames(graph: GraphRewriter, value: string, index: string, rank: number, places: number): string {
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  // [frames, sources, …], in which the sources are moved to stand before the places that they are joined with.
  const taken = graph.add('Gather', [value, index], { axis: 0 });
  const perm = [0, ...range(2, places + 1), 1, ...range(places + 1, rank + 1)];
  const moved = places === 1 ? taken : graph.add('Transpose', [taken], { perm });
  const shape = graph.add('Shape', [value]);
  const part = (start: number, end: number) => (start < end ? [graph.add('Slice', [shape, list(start), list(end), list(0)])] : []);
  const joined = graph.add('Concat', [...part(0, places), list(-1), ...part(places + 1, rank)], { axis: 0 });
  return graph.add('Reshape', [moved, joined]);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** The axis behind the frames that is as long as there are places. */
function placesAxis(shape: Shape | undefined, keys: number | undefined): number | undefined {
  const axis = shape?.findIndex((length, at) => at > 0 && length === keys) ?? -1;
  return axis > 0 ? axis : undefined;
}

/** The value furthest back from `use`, towards the projection, whose first axis is that of the frames. */
function nearestToFrames(
  graph: GraphRewriter,
  use: Use,
  varying: ReadonlySet<string>,
  shapes: ReadonlyMap<string, Shape>,
  frames: number,
): string | undefined {
  let found: string | undefined;
  for (let at: Use | undefined = use; at;) {
    const value: string = at.node.inputs[at.input]!;
    if (shapes.get(value)?.[0] === frames) found = value;
    const before = graph.producer(value);
    const from = before?.inputs.flatMap((input, i) => (varying.has(input) ? [i] : [])) ?? [];
    at = before && passing.has(before.opType) && from.length === 1 ? { node: before, input: from[0]! } : undefined;
  }
  return found;
}
