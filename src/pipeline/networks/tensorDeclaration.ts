import type { OnnxValue } from '../onnx/index.js';
import { typeNameOf } from './elementTypes.js';
import { modelErrors } from './errors.js';
import type { InferenceSession } from './onnxRuntime.js';

/** One input or output of a graph, as the file declares it. */
export interface TensorDeclaration {
  /** Its name in the graph. */
  name: string;
  /** Element type: `float32`, `float16`, `int64`, … */
  type: string;
  /** Length of each axis: a number where fixed, a name where free. */
  dims: readonly (number | string)[];
}

/** What a session says of its inputs, or its outputs. */
export function declarationsOf(metadata: InferenceSession['inputMetadata']): TensorDeclaration[] {
  return metadata.flatMap((value) => (value.isTensor ? [{ name: value.name, type: value.type, dims: value.shape }] : []));
}

/** What a graph that was built says of one. */
export function declarationOf({ name, elementType, dims }: OnnxValue): TensorDeclaration {
  return { name, type: typeNameOf(elementType), dims };
}

/** A tensor that a graph has to have. */
interface WantedTensor {
  /** Any of the names that it has in exports. */
  readonly names: readonly string[];
  /** How many axes it may have. */
  readonly ranks: readonly number[];
  /** What a good graph looks like, for the message. */
  readonly wanted: string;
}

/**
 * The declaration under any of the usual names.
 *
 * @param label names the graph. @param kind `input` or `output`.
 * @throws {FrameloomError} `FL_MODEL_TENSOR` when it is not there or has another rank.
 */
export function requireDeclaration(
  label: string,
  kind: 'input' | 'output',
  declared: ReadonlyMap<string, TensorDeclaration>,
  { names, ranks, wanted }: WantedTensor,
): TensorDeclaration {
  const name = names.find((candidate) => declared.has(candidate));
  if (name === undefined) {
    const present = [...declared.keys()].join(', ');
    throw modelErrors.tensor(label, `${kind} "${names.join('" or "')}"`, `is missing (it has: ${present})`, wanted);
  }
  const declaration = declared.get(name)!;
  if (!ranks.includes(declaration.dims.length))
    throw modelErrors.tensor(label, `${kind} "${name}"`, `has the shape [${declaration.dims.join(', ')}]`, wanted);
  return declaration;
}
