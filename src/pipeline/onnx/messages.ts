import { ElementType, type OnnxValue } from './onnxModel.js';
import { WireWriter } from './wireWriter.js';

/*
 * The protobuf messages that new parts of a graph are written as; field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */

/** An attribute of a node: an integer, integers, a number with a fraction (as `{ float }`), or text. */
export type AttributeValue = number | readonly number[] | { readonly float: number } | string;

/** A node to be written. */
export interface NodeToWrite {
  readonly name: string;
  readonly opType: string;
  /** Whose operator it is; empty for ONNX's own. */
  readonly domain: string;
  /** Names of the values it takes; an empty name stands for an input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Iterable<readonly [string, AttributeValue]>;
}

/** A `NodeProto`. */
export function nodeMessage({ name, opType, domain, inputs, outputs, attributes }: NodeToWrite): Buffer {
  const message = new WireWriter();
  for (const input of inputs) message.bytes(1, input);
  for (const output of outputs) message.bytes(2, output);
  message.bytes(3, name).bytes(4, opType);
  for (const [key, value] of attributes) message.bytes(5, attributeMessage(key, value));
  if (domain !== '') message.bytes(7, domain);
  return message.finish();
}

function attributeMessage(key: string, value: AttributeValue): WireWriter {
  const attribute = new WireWriter().bytes(1, key);
  // AttributeProto.AttributeType: 1 is FLOAT, 2 INT, 3 STRING, 7 INTS.
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return attribute.bytes(4, value).integer(20, 3);
  if ('float' in value) return attribute.float(2, value.float).integer(20, 1);
  for (const item of value) attribute.integer(8, item);
  return attribute.integer(20, 7);
}

/** A `ValueInfoProto`: a declared input or output. */
export function valueMessage({ name, elementType, dims }: OnnxValue): WireWriter {
  const shape = new WireWriter();
  for (const dim of dims) shape.bytes(1, typeof dim === 'number' ? new WireWriter().integer(1, dim) : new WireWriter().bytes(2, dim));
  const tensor = new WireWriter().integer(1, elementType).bytes(2, shape);
  return new WireWriter().bytes(1, name).bytes(2, new WireWriter().bytes(1, tensor));
}

/** A `TensorProto` with its numbers inside. @param dims `[]` for a single number. */
export function tensorMessage(
  name: string,
  elementType: typeof ElementType.int64 | typeof ElementType.float,
  values: ArrayLike<number>,
  dims: readonly number[],
): Buffer {
  const raw = elementType === ElementType.int64 ? BigInt64Array.from(Array.from(values, BigInt)) : Float32Array.from(values);
  return header(name, elementType, dims).bytes(9, Buffer.from(raw.buffer)).finish();
}

/** Where the bytes of a tensor lie. */
export interface ExternalPlace {
  /** A file, relative to the folder that ONNX Runtime is told of, parts joined by `/`. */
  readonly location: string;
  /** First byte in it, and how many there are. */
  readonly offset: number;
  readonly length: number;
}

/** A `TensorProto` whose numbers stay in another file. */
export function externalTensorMessage(name: string, elementType: number, dims: readonly number[], place: ExternalPlace): Buffer {
  return withPlace(header(name, elementType, dims), place).finish();
}

/** Adds `external_data` and `data_location` to a `TensorProto`. */
export function withPlace(message: WireWriter, place: ExternalPlace): WireWriter {
  for (const [key, value] of Object.entries(place)) message.bytes(13, new WireWriter().bytes(1, key).bytes(2, String(value)));
  return message.integer(14, 1);
}

function header(name: string, elementType: number, dims: readonly number[]): WireWriter {
  const message = new WireWriter();
  for (const length of dims) message.integer(1, length);
  return message.integer(2, elementType).bytes(8, name);
}
