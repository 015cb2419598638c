import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import { inOrder } from './nodeOrder.js';
import { ElementType, type OnnxTensor } from './onnxModel.js';
import type { Shape, ShapeQuery } from './shapeArithmetic.js';
import { shapeRules } from './shapeRules.js';
import { evaluate, integers, type KnownValue } from './smallValues.js';

/** Tensors of more axes are a mistake or an attack, and are not followed. */
const MOST_AXES = 16;

/** Operators of com.microsoft whose names mean something else in ONNX. */
const ownRules = ['com.microsoft.Attention'];

/**
 * The shape of every value for given shapes of the inputs, without running anything.
 *
 * Exported graphs compute the shapes that they reshape to, so those small computations are done here as well. Where an
 * operator is not known, what follows from it stays unknown.
 * @param inputs shape of each input of the graph, by name.
 */
export function inferShapes(graph: GraphRewriter, inputs: ReadonlyMap<string, Shape>): Map<string, Shape> {
  const shapes = new Map<string, Shape>(inputs);
  const values = new Map<string, KnownValue>();
  const note = (name: string, tensor: Pick<OnnxTensor, 'dims' | 'values' | 'elementType'>) => {
    shapes.set(name, tensor.dims);
    if (tensor.values)
      values.set(name, {
        values: tensor.values,
        dims: tensor.dims,
        integer: ![ElementType.float, ElementType.double, ElementType.float16].includes(tensor.elementType as 1),
      });
  };
  for (const tensor of [...graph.model.initializers, ...graph.addedConstants]) note(tensor.name, tensor);
  for (const node of inOrder(graph)) {
    const { opType, outputs, attributes } = node;
    if (opType === 'Constant') {
      const value = attributes.get('value')?.tensor;
      if (value) note(outputs[0]!, value);
      else noteBareConstant(node, shapes, values);
      continue;
    }
    const query = queryOf(node, shapes, values);
    const rule = shapeRules[ownRules.find((name) => name === `${node.domain}.${opType}`) ?? opType];
    for (const [i, shape] of (rule?.(query) ?? []).entries())
      if (shape && shape.length <= MOST_AXES && outputs[i]) shapes.set(outputs[i], shape);
    for (const [i, value] of (opType === 'Split' ? splitList(query) : [knownOutput(opType, query)]).entries()) {
      const name = outputs[i];
      if (!value || value.dims.length > MOST_AXES || !name) continue;
      values.set(name, value);
      shapes.set(name, value.dims);
    }
  }
  return shapes;
}

function queryOf(
  { inputs, outputs, attributes }: GraphNode,
  shapes: ReadonlyMap<string, Shape>,
  values: ReadonlyMap<string, KnownValue>,
): ShapeQuery {
  return {
    shapes: inputs.map((name) => shapes.get(name)),
    values: inputs.map((name) => values.get(name)),
    outputs: outputs.length,
    attribute: (name, otherwise) => attributes.get(name)?.number ?? otherwise,
    numbers: (name) => attributes.get(name)?.numbers,
    text: (name) => attributes.get(name)?.text,
  };
}

function knownOutput(opType: string, { shapes, values, attribute, numbers }: ShapeQuery): KnownValue | undefined {
  const [shape] = shapes;
  if (opType === 'Shape' && shape) {
    const part = shape.slice(attribute('start', 0), attribute('end', shape.length));
    return integers(part.map((length) => length ?? NaN));
  }
  if (opType === 'Size' && shape)
    return { values: [shape.reduce<number>((product, length) => product * (length ?? NaN), 1)], dims: [], integer: true };
  if (opType === 'ConstantOfShape' && values[0] && values[0].values.length <= 1) {
    const count = values[0].values[0] ?? 1;
    // The filling is only ever multiplied by −1 to mean "as it is", which needs ones.
    return count >= 0 && count <= 64 && Number.isInteger(count)
      ? { values: Array<number>(count).fill(1), dims: values[0].values, integer: true }
      : undefined;
  }
  return evaluate(opType, values, attribute, numbers);
}

/** The parts of a known list. */
function splitList({ values: [list, sizes], numbers, outputs }: ShapeQuery): KnownValue[] {
  if (list?.dims.length !== 1) return [];
  const lengths = numbers('split') ?? sizes?.values ?? Array<number>(outputs).fill(list.values.length / outputs);
  let start = 0;
  return lengths.map((length) => ({ ...integers(list.values.slice(start, (start += length))), integer: list.integer }));
}

/** `Constant` with a plain number or list as its value. */
function noteBareConstant({ attributes, outputs }: GraphNode, shapes: Map<string, Shape>, values: Map<string, KnownValue>): void {
  for (const [name, { number, numbers }] of attributes) {
    const list = number === undefined ? numbers : [number];
    if (!list) continue;
    const value: KnownValue = { values: list, dims: number === undefined ? [list.length] : [], integer: name.startsWith('value_int') };
    values.set(outputs[0]!, value);
    shapes.set(outputs[0]!, value.dims);
  }
}
