import { queriesOf } from './attentionOperands.js';
import { extentOf, type FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input with what blurs along an axis at a resolution: float32 `[places, places]`. @param factor latent pixels per side of a place. */
export function blurInput(axis: 'rows' | 'columns', factor: number): string {
  return `frameloom/blur_${axis}_${factor}`;
}

/**
 * Blurs the queries of self-attentions over the picture, which smooths the energy that attention descends (Hong 2024, "Smoothed Energy Guidance").
 *
 * What blurs is fed as a matrix for each axis; that of one row all alike takes the mean.
 * @param attentions as found in this very graph.
 * @param shapes shapes of the graph's values, as far as known.
 * @returns the factors of the resolutions, each of which has two inputs of the names that {@link blurInput} gives.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where the queries are packed with others, or not laid out place by place.
 */
export function smoothQueries(graph: GraphRewriter, attentions: readonly FoundAttention[], shapes: ReadonlyMap<string, Shape>): number[] {
  const factors = new Set<number>();
  const blurOf = (axis: 'rows' | 'columns', factor: number) =>
    factors.has(factor)
      ? blurInput(axis, factor)
      : graph.addInput(blurInput(axis, factor), ElementType.float, [`${axis}_${factor}`, `${axis}_${factor}`]);
  for (const { site, block } of attentions) {
    const use = queriesOf(block);
    const queries = extentOf(block, shapes)?.queries;
    if (!use || queries === undefined || site.factor === undefined || shapes.get(block.query)?.at(-2) !== queries)
      throw onnxErrors.unsupported(
        graph.model.file,
        `the queries of ${site.id} are not apart from its keys and values, or not laid out place by place, so they cannot be smoothed. Name other layers.`,
      );
    const [rows, columns] = [blurOf('rows', site.factor), blurOf('columns', site.factor)];
    factors.add(site.factor);
    graph.rewire(use, blurred(graph, use.node.inputs[use.input]!, rows, columns));
  }
  return [...factors];
}

/** `[…, places, channels]`, blurred along the rows and the columns that the places are. */
function blurred(graph: GraphRewriter, queries: string, rows: string, columns: string): string {
  const ints = (...values: number[]) => graph.constant(values, ElementType.int64);
  const shape = graph.add('Shape', [queries]);
  const leading = graph.add('Slice', [shape, ints(0), ints(-2), ints(0)]);
  const channels = graph.add('Slice', [shape, ints(-1), ints(Number.MAX_SAFE_INTEGER), ints(0)]);
  const length = (blur: string) => graph.add('Slice', [graph.add('Shape', [blur]), ints(0), ints(1), ints(0)]);
  const shaped = (value: string, ...axes: string[]) => graph.add('Reshape', [value, graph.add('Concat', [leading, ...axes], { axis: 0 })]);
  const byRows = graph.add('MatMul', [castLike(graph, rows, queries), shaped(queries, length(rows), ints(-1))]);
  const byPlaces = shaped(byRows, length(rows), length(columns), channels);
  return graph.add('Reshape', [graph.add('MatMul', [castLike(graph, columns, queries), byPlaces]), shape]);
}
