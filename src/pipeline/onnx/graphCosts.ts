import { GraphRewriter, type GraphNode } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { inOrder } from './nodeOrder.js';
import { operationsOf } from './operations.js';
import { ElementType, type OnnxModel } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** What a call of a network takes, worked out from shapes. */
export interface GraphCosts {
  /** Bytes of all values that are there at the same time, at the most, weights not counted. */
  readonly peakBytes: number;
  /** Bytes of what is computed from weights alone, once at load, and kept. */
  readonly foldedBytes: number;
  /** Bytes of what a rewritten graph gives out besides. */
  readonly givenBytes: number;
  /** Multiplications and additions of matrix products, convolutions and attention, counted apart: two for each weight that a number meets. */
  readonly operations: number;
}

/** Bytes of a number, by {@link ElementType}; 4 for those not named. */
const bytesOfType: Readonly<Record<number, number>> = {
  [ElementType.double]: 8,
  [ElementType.int64]: 8,
  [ElementType.float16]: 2,
  [ElementType.bfloat16]: 2,
  [ElementType.int16]: 2,
  [ElementType.int8]: 1,
  [ElementType.uint8]: 1,
  [ElementType.bool]: 1,
  [ElementType.float8e4m3]: 1,
  [ElementType.float8e5m2]: 1,
};

/** Operators that give another view of the numbers they take. */
const views = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Dropout']);

/** Operators that write over what they take, where nobody else needs it. */
const inPlace = new Set('Add Sub Mul Div Sigmoid Relu Tanh Gelu FastGelu QuickGelu Erf Exp Sqrt Softmax Clip Cast Neg Where'.split(' '));

/** Numbers of one or several values, which are views of them. */
interface Buffer {
  readonly bytes: number;
  /** Place, in the order of computation, of the last node that takes one of them; Infinity for what the call gives out. */
  lastUse: number;
}

/**
 * Walks over a graph as ONNX Runtime computes it and adds up what is in memory: a value from where it is made to where it is last needed. Values whose shape cannot
 * be told count nothing.
 *
 * @param inputs shape of each input of the graph, by name.
 * @param rewrite changes the graph first; `inputs` then have those that it adds.
 */
export function graphCosts(
  model: OnnxModel,
  inputs: ReadonlyMap<string, Shape>,
  rewrite: (graph: GraphRewriter) => void = () => undefined,
): GraphCosts {
  const graph = new GraphRewriter(model);
  rewrite(graph);
  const shapes = inferShapes(graph, inputs);
  const nodes = inOrder(graph);
  const lastUses = new Map<string, number>();
  for (const [place, node] of nodes.entries()) for (const name of node.inputs) lastUses.set(name, place);
  for (const { name } of [...model.outputs, ...graph.addedOutputs]) lastUses.set(name, Infinity);

  const types = new Map(
    [...model.initializers, ...model.inputs, ...graph.addedInputs, ...graph.addedConstants].map(({ name, elementType }) => [
      name,
      elementType,
    ]),
  );
  const constants = new Set([...model.initializers, ...graph.addedConstants].map(({ name }) => name));
  const buffers = new Map<string, Buffer>();
  let [live, peakBytes, foldedBytes, operations] = [0, 0, 0, 0];
  const bytesOf = (name: string) => countOf(shapes.get(name)) * (bytesOfType[types.get(name) ?? ElementType.float] ?? 4);

  for (const [place, node] of nodes.entries()) {
    const type = typeAfter(node, types);
    for (const output of node.outputs) types.set(output, type);
    if (isConstant(node, constants)) {
      for (const output of node.outputs) constants.add(output);
      if (!views.has(node.opType)) foldedBytes += node.outputs.reduce((sum, output) => sum + bytesOf(output), 0);
      continue;
    }
    const made: Buffer[] = [];
    for (const output of node.outputs) {
      const lastUse = lastUses.get(output) ?? place;
      const taken = sharedBuffer(node, output, place);
      if (taken) {
        taken.lastUse = Math.max(taken.lastUse, lastUse);
        buffers.set(output, taken);
        continue;
      }
      // Another view of a weight is the weight.
      if (views.has(node.opType) && constants.has(node.inputs[0]!)) continue;
      const buffer = { bytes: bytesOf(output), lastUse };
      buffers.set(output, buffer);
      made.push(buffer);
      live += buffer.bytes;
    }
    const inputShapes = node.inputs.map((name) => shapes.get(name));
    operations += operationsOf(node, inputShapes, shapes.get(node.outputs[0]!));
    peakBytes = Math.max(peakBytes, live + workspaceBytes(node, inputShapes));
    const ended = [...node.inputs.flatMap((name) => buffers.get(name) ?? []), ...made].filter(({ lastUse }) => lastUse <= place);
    for (const buffer of new Set(ended)) live -= buffer.bytes;
  }
  const givenBytes = graph.addedOutputs.reduce((sum, { name }) => sum + bytesOf(name), 0);
  return { peakBytes, foldedBytes, givenBytes, operations };

  function sharedBuffer({ opType, inputs: taken }: GraphNode, output: string, place: number): Buffer | undefined {
    if (views.has(opType)) return buffers.get(taken[0]!);
    if (!inPlace.has(opType)) return undefined;
    const bytes = bytesOf(output);
    return taken.map((name) => buffers.get(name)).find((buffer) => buffer?.lastUse === place && buffer.bytes === bytes);
  }
}

/** How many numbers; 0 where that cannot be told. */
function countOf(shape: Shape | undefined): number {
  const count = shape?.reduce<number>((product, length) => product * (length ?? NaN), 1) ?? 0;
  return Number.isFinite(count) ? count : 0;
}

/** Whether it is computed once, at load. */
function isConstant({ opType, inputs }: GraphNode, constants: ReadonlySet<string>): boolean {
  return opType === 'Constant' || (inputs.length > 0 && inputs.every((name) => name === '' || constants.has(name)));
}

function typeAfter({ opType, inputs, attributes }: GraphNode, types: ReadonlyMap<string, number>): number {
  if (opType === 'CastLike') return types.get(inputs[1]!) ?? ElementType.float;
  if (opType === 'Cast') return attributes.get('to')?.number ?? ElementType.float;
  if (opType === 'Shape' || opType === 'Size' || opType === 'ArgMax' || opType === 'ArgMin') return ElementType.int64;
  if (['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'And', 'Or', 'Not'].includes(opType)) return ElementType.bool;
  if (opType === 'Constant') return attributes.get('value')?.tensor?.elementType ?? ElementType.float;
  if (opType === 'ConstantOfShape') return attributes.get('value')?.tensor?.elementType ?? ElementType.float;
  return types.get(inputs[opType === 'Where' ? 1 : 0] ?? '') ?? ElementType.float;
}

/** What ONNX Runtime's kernels for processors take beside inputs and outputs. */
function workspaceBytes({ opType, inputs }: GraphNode, shapes: readonly (Shape | undefined)[]): number {
  if (opType !== 'MultiHeadAttention') return 0;
  // Queries, keys and values with the heads in front; the scores only where there is a mask, else a block at a time.
  const [query, key, value] = shapes;
  const arranged = 4 * (countOf(query) + countOf(key) + countOf(value));
  const mask = inputs[5] ? countOf(shapes[5]) : 0;
  return arranged + 4 * mask * (query?.[0] ?? 1) * 16;
}
