import { Float16Array } from '@petamoriken/float16';
import { Tensor } from '../core/index.js';
import { OrtTensor } from './onnxRuntime.js';

/** Numbers to feed, before they take the type that the graph declares. */
export interface Feed {
  /** The values; integers where the graph wants integers. */
  data: ArrayLike<number>;
  /** The shape, outermost axis first; empty for a scalar. */
  dims: readonly number[];
}

/** The element types that diffusion graphs use for their inputs. */
export const feedableTypes = ['float32', 'float16', 'float64', 'int64', 'int32', 'bool'] as const;

/** What ONNX Runtime calls ONNX's element types (`TensorProto.DataType`). */
const typeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
};

/** What ONNX Runtime calls an element type of ONNX. @param elementType its number in files. */
export function typeNameOf(elementType: number): string {
  return typeNames[elementType] ?? `type ${elementType}`;
}

/**
 * Converts numbers to the element type of a graph input. Integers are rounded to nearest.
 *
 * @param type as ONNX Runtime names it; one of {@link feedableTypes}.
 */
export function toOrtTensor({ data, dims }: Feed, type: string): OrtTensor {
  switch (type) {
    case 'float32':
      return new OrtTensor('float32', data instanceof Float32Array ? data : Float32Array.from(data), dims);
    case 'float16':
      return new OrtTensor('float16', new Uint16Array(Float16Array.from(data).buffer), dims);
    case 'float64':
      return new OrtTensor('float64', Float64Array.from(data), dims);
    case 'int64':
      return new OrtTensor(
        'int64',
        BigInt64Array.from(Array.from(data), (value) => BigInt(Math.round(value))),
        dims,
      );
    case 'int32':
      return new OrtTensor('int32', Int32Array.from(data, Math.round), dims);
    case 'bool':
      return new OrtTensor(
        'bool',
        Uint8Array.from(data, (value) => (value ? 1 : 0)),
        dims,
      );
    default:
      throw new TypeError(`cannot feed ${type}`);
  }
}

/** Converts a graph output of any number type to float32. */
export function fromOrtTensor(tensor: OrtTensor): Tensor {
  const { data, dims, type } = tensor;
  if (data instanceof Float32Array) return new Tensor(data, dims);
  if (type === 'float16') {
    const bits = data as unknown as Uint16Array;
    return new Tensor(Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length)), dims);
  }
  return new Tensor(Float32Array.from(data as ArrayLike<number | bigint>, Number), dims);
}
