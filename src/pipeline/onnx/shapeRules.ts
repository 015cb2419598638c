import {
  at,
  broadcastShapes,
  multiply,
  product,
  reshape,
  resize,
  type Shape,
  type ShapeQuery,
  sliced,
  slide,
  sum,
} from './shapeArithmetic.js';

/** Shapes of a node's outputs; undefined where they cannot be told. */
export type ShapeRule = (node: ShapeQuery) => readonly (Shape | undefined)[];

const same: ShapeRule = ({ shapes }) => [shapes[0]];
const broadcast: ShapeRule = ({ shapes }) => [broadcastShapes(shapes)];
const reduce: ShapeRule = ({ shapes: [shape], values, numbers, attribute }) => {
  if (!shape) return [];
  const given = numbers('axes') ?? values[1]?.values;
  const axes = given && given.length > 0 ? given.map((axis) => at(shape, axis)) : shape.map((_, i) => i);
  return [attribute('keepdims', 1) ? shape.map((length, i) => (axes.includes(i) ? 1 : length)) : shape.filter((_, i) => !axes.includes(i))];
};
const matMul: ShapeRule = ({ shapes: [a, b], attribute }) => {
  if (!a || !b || a.length === 0 || b.length < 2) return [];
  const [m, k] = [attribute('transA', 0), attribute('transB', 0)];
  const batch = broadcastShapes([a.slice(0, -2), b.slice(0, -2)]) ?? [];
  return [[...batch, ...(a.length > 1 ? [m ? a.at(-1) : a.at(-2)] : []), k ? b.at(-2) : b.at(-1)]];
};
const convolve: ShapeRule = (node) => {
  const [input, weight] = node.shapes;
  return input && weight ? [[input[0], weight[0], ...slide(node, input.slice(2), weight.slice(2))]] : [];
};
const pool: ShapeRule = (node) => {
  const [input] = node.shapes;
  return input ? [[input[0], input[1], ...slide(node, input.slice(2), node.numbers('kernel_shape') ?? [])]] : [];
};

/** The rules, by operator; of the operators that UNets, text encoders and VAEs are exported to. */
export const shapeRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(
    (
      'Relu LeakyRelu Sigmoid HardSigmoid Tanh Erf Exp Log Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RMSNormalization InstanceNormalization ' +
      'GroupNormalization GroupNorm BatchNormalization SkipLayerNormalization Cast CastLike Identity Dropout Clip Sqrt Neg Cos Sin Abs Reciprocal Gelu FastGelu ' +
      'BiasGelu QuickGelu Swish Softplus CumSum Not Floor Ceil Round IsNaN HardSwish Mish Elu Sign RotaryEmbedding DequantizeLinear QuantizeLinear'
    )
      .split(' ')
      .map((name) => [name, same]),
  ),
  ...Object.fromEntries(
    'Add Sub Mul Div Pow Where Equal Greater GreaterOrEqual Less LessOrEqual And Or Min Max Mod PRelu'
      .split(' ')
      .map((name) => [name, broadcast]),
  ),
  ...Object.fromEntries(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL2 ReduceSumSquare ReduceLogSumExp'.split(' ').map((name) => [name, reduce]),
  ),
  MatMul: matMul,
  FusedMatMul: matMul,
  MatMulInteger: matMul,
  DynamicQuantizeMatMul: matMul,
  MatMulNBits: ({ shapes: [a], attribute }) => [a && [...a.slice(0, -1), attribute('N', 0)]],
  Gemm: matMul,
  Conv: convolve,
  FusedConv: convolve,
  AveragePool: pool,
  MaxPool: pool,
  GlobalAveragePool: ({ shapes: [shape] }) => [shape?.map((length, i) => (i < 2 ? length : 1))],
  Shape: ({ shapes: [shape] }) => [shape && [shape.length]],
  Transpose: ({ shapes: [shape], numbers }) => [
    shape && (numbers('perm') ?? shape.map((_, i) => shape.length - 1 - i)).map((axis) => shape[axis]),
  ],
  Reshape: ({ shapes: [shape], values, attribute }) => [reshape(shape, values[1]?.values, attribute('allowzero', 0) === 1)],
  Flatten: ({ shapes: [shape], attribute }) => [
    shape && [product(shape.slice(0, at(shape, attribute('axis', 1)))), product(shape.slice(at(shape, attribute('axis', 1))))],
  ],
  Squeeze: ({ shapes: [shape], values, numbers }) => {
    const axes = (numbers('axes') ?? values[1]?.values)?.map((axis) => at(shape ?? [], axis));
    return [shape?.filter((length, i) => (axes ? !axes.includes(i) : length !== 1))];
  },
  Unsqueeze: ({ shapes: [shape], values, numbers }) => {
    const given = numbers('axes') ?? values[1]?.values;
    if (!shape || !given) return [];
    const rank = shape.length + given.length;
    const axes = given.map((axis) => (axis < 0 ? axis + rank : axis));
    const rest = [...shape];
    return [Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()))];
  },
  Concat: ({ shapes, attribute }) => {
    const [first] = shapes;
    if (!first || shapes.some((shape) => shape?.length !== first.length)) return [];
    const axis = at(first, attribute('axis', 0));
    return [first.map((length, i) => (i === axis ? sum(shapes.map((shape) => shape![i])) : length))];
  },
  Split: ({ shapes: [shape], values, numbers, attribute, outputs }) => {
    if (!shape) return [];
    const axis = at(shape, attribute('axis', 0));
    const sizes = numbers('split') ?? values[1]?.values;
    return Array.from({ length: outputs }, (_, part) =>
      shape.map((length, i) => (i === axis ? (sizes ? sizes[part] : length === undefined ? undefined : length / outputs) : length)),
    );
  },
  Slice: ({ shapes: [shape], values, numbers }) => {
    const starts = numbers('starts') ?? values[1]?.values;
    const ends = numbers('ends') ?? values[2]?.values;
    if (!shape || !starts || !ends) return [shape?.map(() => undefined)];
    const axes = numbers('axes') ?? values[3]?.values ?? starts.map((_, i) => i);
    const steps = values[4]?.values;
    return [
      shape.map((length, i) => {
        const which = axes.findIndex((axis) => at(shape, axis) === i);
        return which < 0 || length === undefined ? length : sliced(length, starts[which]!, ends[which]!, steps?.[which] ?? 1);
      }),
    ];
  },
  Gather: ({ shapes: [shape, indices], attribute }) => {
    if (!shape || !indices) return [];
    const axis = at(shape, attribute('axis', 0));
    return [[...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)]];
  },
  Expand: ({ shapes: [shape], values }) => [values[1] ? broadcastShapes([shape, values[1].values]) : undefined],
  ConstantOfShape: ({ values: [shape] }) => [shape?.values],
  Tile: ({ shapes: [shape], values }) => [shape?.map((length, i) => multiply(length, values[1]?.values[i]))],
  Resize: ({ shapes: [shape], values }) => [resize(shape, values[2]?.values, values[3]?.values)],
  Upsample: ({ shapes: [shape], values }) => [resize(shape, values[1]?.values, undefined)],
  Pad: ({ shapes: [shape], values, numbers }) => {
    const pads = numbers('pads') ?? values[1]?.values;
    return [shape?.map((length, i) => (length === undefined || !pads ? undefined : length + pads[i]! + pads[i + shape.length]!))];
  },
  Einsum: ({ shapes, text }) => {
    const [from, to] = (text('equation') ?? '').replaceAll(' ', '').split('->');
    if (!from || to === undefined) return [];
    const lengths = new Map(
      from
        .split(',')
        .flatMap((letters, i) => [...letters].map((letter, axis): [string, number | undefined] => [letter, shapes[i]?.[axis]])),
    );
    return [[...to].map((letter) => lengths.get(letter))];
  },
  MultiHeadAttention: ({ shapes: [query, , value] }) => [
    query && query.length === 3
      ? [query[0], query[1], value?.length === 4 ? multiply(value[1], value[3]) : value ? value[2] : query[2]]
      : query && [query[0], query[1], multiply(query[2], query[4])],
  ],
  Attention: ({ shapes: [query, , value], attribute }) => [
    query && query.length === 4
      ? [...query.slice(0, 3), value?.[3]]
      : query && [
          ...query.slice(0, 2),
          attribute('q_num_heads', 0) > 0 && value?.[2] !== undefined
            ? (value[2] / attribute('kv_num_heads', 1)) * attribute('q_num_heads', 1)
            : undefined,
        ],
  ],
  'com.microsoft.Attention': ({ shapes: [input, weights] }) => [
    input && [...input.slice(0, 2), weights?.[1] === undefined ? undefined : weights[1] / 3],
  ],
};
