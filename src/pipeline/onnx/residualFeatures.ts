import { computedFrom } from './dataFlow.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import type { NetworkInputs } from './networkInputs.js';
import type { Shape } from './shapeArithmetic.js';
import { skipConnections } from './skipConnections.js';

/** The stage on the way up whose features are taken, from the lowest resolution, and the residual block within it: the paper's fourth output block. */
const [STAGE, BLOCK] = [1, 1];

/**
 * What a residual block on the way up adds to what passes it by, in the second stage from below and there in the second block: the spatial features that
 * plug-and-play diffusion takes (Tumanyan et al. 2022; `up_blocks.1.resnets.1` of Stable Diffusion). Of networks with fewer, the last there is.
 *
 * @param shapes shapes of the graph's values, as far as known.
 * @returns the value, `[frames, channels, height, width]`.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for a network without such blocks.
 */
export function residualFeatures(graph: GraphRewriter, inputs: NetworkInputs, shapes: ReadonlyMap<string, Shape>): string {
  const skips = skipConnections(graph, inputs, shapes);
  const stages = [...new Set(skips.map(({ rows }) => rows))];
  const ofStage = skips.filter(({ rows }) => rows === stages[Math.min(STAGE, stages.length - 1)]);
  const joined = ofStage[Math.min(BLOCK, ofStage.length - 1)]?.node.outputs[0];
  const features = joined === undefined ? undefined : addedTo(graph, joined);
  if (features === undefined)
    throw onnxErrors.unsupported(
      graph.model.file,
      'it has no residual blocks behind skip connections from its way down to its way up, whose features could be taken.',
    );
  return features;
}

/** What a residual block adds to its shortcut: the block's input has more channels than its output, so that the shortcut is a convolution, and nothing but one. */
function addedTo(graph: GraphRewriter, input: string): string | undefined {
  for (const { node: shortcut } of graph.usesOf(input)) {
    if (shortcut.opType !== 'Conv') continue;
    for (const { node: sum, input: at } of graph.usesOf(shortcut.outputs[0]!)) {
      const added = sum.opType === 'Add' && sum.inputs.length === 2 ? sum.inputs[1 - at]! : undefined;
      if (added !== undefined && computedFrom(graph, input).has(added)) return added;
    }
  }
  return undefined;
}
