import type { ByteRange, ModelSource } from './byteSource.js';
import type { OnnxValue } from './onnxValue.js';

export type { OnnxValue } from './onnxValue.js';

/** Element types of ONNX tensors by the numbers that files use (`TensorProto.DataType`), as far as they occur here. */
export const ElementType = {
  float: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
  bfloat16: 16,
  float8e4m3: 17,
  float8e5m2: 19,
} as const;

/** A tensor in a file: an initializer or a constant. Its weights stay where they are. */
export interface OnnxTensor {
  readonly name: string;
  /** Length of each axis. */
  readonly dims: readonly number[];
  /** One of {@link ElementType}. */
  readonly elementType: number;
  /** The `TensorProto` in the file. */
  readonly body: ByteRange;
  /** Its `raw_data`, where it has any. */
  readonly raw: ByteRange | undefined;
  /** Whether its weights lie in another file. */
  readonly external: boolean;
  /** That file, relative to this one, and where in it the weights end, bytes, where the file says so. */
  readonly elsewhere?: { readonly file: string; readonly end: number } | undefined;
  /** The values, of small tensors of numbers. */
  readonly values: readonly number[] | undefined;
}

/** One attribute of a node, as far as it is understood; subgraphs and the rest are kept in the file. */
export interface OnnxAttribute {
  readonly number?: number;
  readonly text?: string;
  readonly numbers?: readonly number[];
  readonly tensor?: OnnxTensor;
}

/** One node of a graph. */
export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** Whose operator it is; empty for ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** Path of the module that it came from, in files of PyTorch's newer exporter. */
  readonly scope: string | undefined;
  /** The `NodeProto` in the file. */
  readonly body: ByteRange;
}

/** The structure of an ONNX file without its weights. See https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
export interface OnnxModel {
  /** Where it was read from, for messages. */
  readonly file: string;
  /** What it was read from. */
  readonly source: ModelSource;
  /** Size and time of the file when it was read. */
  readonly version: { readonly size: number; readonly modified: number };
  /** Version of each operator set that it uses, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** In the order of the file. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Without those that are initializers. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Fields of the graph that are neither nodes nor initializers, and of the model beside the graph: copied as they are. */
  readonly kept: { readonly graph: readonly ByteRange[]; readonly model: readonly ByteRange[] };
}
