/** A small tensor of numbers whose values are known before the graph runs: a shape, an axis, a scale. */
export interface KnownValue {
  readonly values: readonly number[];
  readonly dims: readonly number[];
  /** Integers divide without remainder. */
  readonly integer: boolean;
}

/** Longer ones are no shapes. */
const LONGEST = 256;

/** A list of integers. */
export function integers(values: readonly number[]): KnownValue {
  return { values, dims: [values.length], integer: true };
}

const binary: Readonly<Record<string, (a: number, b: number, integer: boolean) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b, integer) => (integer ? Math.trunc(a / b) : a / b),
  Mod: (a, b) => a - b * Math.floor(a / b),
  Pow: (a, b) => a ** b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
};

const unary: Readonly<Record<string, (a: number) => number>> = {
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Neg: (a) => -a,
  Abs: Math.abs,
  Not: (a) => Number(a === 0),
  Identity: (a) => a,
  Reciprocal: (a) => 1 / a,
};

/**
 * Computes what exporters compute shapes with, where all inputs are known.
 *
 * @param attribute an integer attribute of the node, or its default.
 * @param numbers an attribute that is a list of integers.
 * @returns undefined for other operators, and for inputs of more than one axis where the operator would need them.
 */
export function evaluate(
  opType: string,
  inputs: readonly (KnownValue | undefined)[],
  attribute: (name: string, otherwise: number) => number,
  numbers: (name: string) => readonly number[] | undefined,
): KnownValue | undefined {
  const [a, b, c] = inputs;
  if (!a) return undefined;
  if (Object.hasOwn(unary, opType)) return { ...a, values: a.values.map(unary[opType]!) };
  if (Object.hasOwn(binary, opType) && b) {
    const integer = a.integer && b.integer;
    return broadcast([a, b], integer, ([x, y]) => binary[opType]!(x!, y!, integer));
  }
  switch (opType) {
    case 'Where':
      return b && c && broadcast([a, b, c], b.integer && c.integer, ([condition, x, y]) => (condition ? x! : y!));
    case 'Cast': {
      const integer = ![1, 10, 11, 16].includes(attribute('to', 1));
      return { ...a, integer, values: integer ? a.values.map(Math.trunc) : a.values };
    }
    case 'Concat': {
      if (inputs.length > LONGEST || inputs.some((input) => !input || input.dims.length !== 1)) return undefined;
      const values = inputs.flatMap((input) => input!.values);
      return values.length <= LONGEST ? { values, dims: [values.length], integer: a.integer } : undefined;
    }
    case 'Gather': {
      if (!b || a.dims.length !== 1) return undefined;
      return { values: b.values.map((i) => a.values.at(i) ?? NaN), dims: b.dims, integer: a.integer };
    }
    case 'Unsqueeze':
    case 'Squeeze':
    case 'Reshape':
    case 'Flatten': {
      // Of a list of one, or of a scalar, only the number of axes changes; which, the shape rules say.
      const axes = b?.values ?? numbers('axes');
      if (a.values.length !== 1) return opType === 'Unsqueeze' || a.dims.length !== 1 ? undefined : a;
      const scalar = opType === 'Squeeze' ? a.dims.length <= 1 : opType === 'Reshape' && b?.values.length === 0;
      return { ...a, dims: scalar ? [] : Array<number>(opType === 'Unsqueeze' ? a.dims.length + (axes?.length ?? 1) : 1).fill(1) };
    }
    case 'Slice': {
      if (a.dims.length !== 1) return undefined;
      const [start, end, step] = [b?.values[0] ?? numbers('starts')?.[0], c?.values[0] ?? numbers('ends')?.[0], inputs[4]?.values[0] ?? 1];
      if (start === undefined || end === undefined || step !== 1) return undefined;
      const values = a.values.slice(start, Math.min(end, a.values.length));
      return { values, dims: [values.length], integer: a.integer };
    }
    case 'ReduceProd': {
      return {
        values: [a.values.reduce((product, value) => product * value, 1)],
        dims: attribute('keepdims', 1) ? [1] : [],
        integer: a.integer,
      };
    }
    case 'Range': {
      if (!b || !c) return undefined;
      const count = Math.max(0, Math.ceil((b.values[0]! - a.values[0]!) / c.values[0]!));
      return count <= LONGEST
        ? { values: Array.from({ length: count }, (_, i) => a.values[0]! + i * c.values[0]!), dims: [count], integer: a.integer }
        : undefined;
    }
    case 'Expand':
      return b && broadcast([a, { values: [0], dims: b.values, integer: true }], a.integer, ([x]) => x!);
    default:
      return undefined;
  }
}

/** Element by element over inputs of at most one axis. */
function broadcast(inputs: readonly KnownValue[], integer: boolean, compute: (values: number[]) => number): KnownValue | undefined {
  if (inputs.some(({ dims }) => dims.length > 1)) return undefined;
  const length = Math.max(...inputs.map(({ values, dims }) => (dims.length === 0 ? 1 : (dims[0] ?? values.length))));
  if (!(length <= LONGEST)) return undefined;
  const values = Array.from({ length }, (_, i) => compute(inputs.map((input) => input.values[input.values.length === 1 ? 0 : i]!)));
  return { values, dims: inputs.some(({ dims }) => dims.length === 1) ? [length] : [], integer };
}
