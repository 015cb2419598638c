import { computedFrom } from './dataFlow.js';
import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import type { NetworkInputs } from './networkInputs.js';
import type { Shape } from './shapeArithmetic.js';

/** Places where what was computed on the way down is joined, channel by channel, behind what comes up; in their order, with the rows of their pictures. */
export function skipConnections(
  graph: GraphRewriter,
  { sample }: NetworkInputs,
  shapes: ReadonlyMap<string, Shape>,
): { node: GraphNode; rows: number }[] {
  const varying = computedFrom(graph, sample);
  return graph.nodes.flatMap((node) => {
    const [backbone, skip] = node.inputs.map((input) => shapes.get(input));
    const joins = node.opType === 'Concat' && node.inputs.length === 2 && node.attributes.get('axis')?.number === 1;
    const pictures = backbone?.length === 4 && skip?.length === 4 && String(backbone.slice(2)) === String(skip.slice(2));
    // What skips over is what the way down went on with.
    const skips = node.inputs.every((input) => varying.has(input)) && graph.usesOf(node.inputs[1] ?? '').length > 1;
    const rows = backbone?.[2];
    return joins && pictures && skips && rows !== undefined ? [{ node, rows }] : [];
  });
}
