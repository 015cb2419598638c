import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { type ByteRange, ByteSource } from './byteSource.js';
import { megabytes, onnxErrors } from './errors.js';
import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import { type AttributeValue, nodeMessage, valueMessage, withPlace } from './messages.js';
import { inOrder } from './nodeOrder.js';
import type { OnnxModel, OnnxTensor } from './onnxModel.js';
import { WireReader } from './wireReader.js';
import { WireWriter } from './wireWriter.js';

/** Weights from this size on stay in the file they are in; smaller ones (biases, scales, shapes) go into the graph. */
const SMALLEST_LEFT_BEHIND = 64 * 1024;

/** Protobuf's own limit is 2 GiB; a graph that comes near it with its large weights left behind is no network's. */
const MOST_BYTES = 1e9;

/** A rewritten graph, ready for ONNX Runtime. */
export interface RewrittenModel {
  /** The `ModelProto`, without the large weights. */
  readonly bytes: Uint8Array;
  /** The folder that its weights' files are in: `session.model_external_initializers_file_folder_path`. */
  readonly weightsFolder: string;
  /** Whether its graph was built from weights, which then are no part of any ONNX file. */
  readonly isBuilt: boolean;
}

/**
 * The rewritten graph as an ONNX model that leaves the weights on disk.
 *
 * Large weights inside the file become external data at their place in that same file; those that are external already stay
 * so. Nothing is written to disk, the model's folder may be read-only, and two sessions share the operating system's cached
 * pages of one file.
 * @throws {FrameloomError} `FL_ONNX_CHANGED` when the file is not the one that was read; `FL_ONNX_CYCLE`.
 */
export function writeModel(graph: GraphRewriter): RewrittenModel {
  const { model } = graph;
  const nodes = inOrder(graph);
  const { weightsFolder, location, isBuilt } = weightsOf(model);
  return ByteSource.use(model.source, (source) => {
    if (source.size !== model.version.size || source.modified !== model.version.modified) throw onnxErrors.changed(model.file);
    const reader = new WireReader(source);
    const body = new WireWriter();
    let copied = 0;
    const copy = (range: ByteRange) => {
      copied += range.end - range.start;
      if (copied > MOST_BYTES)
        throw onnxErrors.tooLarge(model.file, `its graph takes more than ${megabytes(MOST_BYTES)} without its large weights`);
      return source.read(range);
    };
    for (const node of nodes) body.bytes(1, encodeNode(node, copy, reader));
    for (const range of model.kept.graph) if (isKept(graph, reader, range)) body.raw(copy(range));
    for (const tensor of initializersOf(graph)) body.bytes(5, encodeInitializer(tensor, copy, reader, location));
    for (const tensor of graph.addedInitializers) body.bytes(5, tensor);
    for (const value of graph.addedInputs) body.bytes(11, valueMessage(value));
    for (const value of graph.addedOutputs) body.bytes(12, valueMessage(value));
    const whole = new WireWriter();
    for (const range of model.kept.model) whole.raw(copy(range));
    return { bytes: whole.bytes(7, body).finish(), weightsFolder, isBuilt };
  });
}

/** Whether a declaration of the file is written again: all but those of outputs that were taken away. */
function isKept({ keptOutputs }: GraphRewriter, reader: WireReader, range: ByteRange): boolean {
  if (!keptOutputs) return true;
  const [field] = reader.fields(range);
  if (field?.number !== 12) return true;
  const [name] = [...reader.fields(reader.payload(field))].filter(({ number }) => number === 1);
  return name !== undefined && keptOutputs.has(reader.string(name));
}

/** The file's weights, as far as they are needed: ONNX Runtime complains of others. */
function initializersOf({ model, nodes, keptOutputs }: GraphRewriter): readonly OnnxTensor[] {
  if (!keptOutputs) return model.initializers;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return model.initializers.filter(({ name }) => used.has(name));
}

/** Where the weights are found; `location` is the model's own file, where large ones are in it. @throws {FrameloomError} `FL_ONNX_CHANGED`. */
function weightsOf({ source, initializers }: OnnxModel): { weightsFolder: string; location: string | undefined; isBuilt: boolean } {
  if (typeof source !== 'string') {
    for (const { file, size, modified } of source.files) {
      const now = statSync(file, { throwIfNoEntry: false });
      if (now?.size !== size || now.mtimeMs !== modified) throw onnxErrors.changed(file);
    }
    return { weightsFolder: source.weightsFolder, location: undefined, isBuilt: true };
  }
  // Download caches keep files under links. Weights in other files are found beside the link, those in this file beside its target.
  if (initializers.some((tensor) => tensor.external))
    return { weightsFolder: path.dirname(path.resolve(source)), location: undefined, isBuilt: false };
  const real = realpathSync(source);
  return { weightsFolder: path.dirname(real), location: path.basename(real), isBuilt: false };
}

/** Bytes of the file, counted. */
type Copy = (range: ByteRange) => Buffer;

function encodeNode(node: GraphNode, copy: Copy, reader: WireReader): Uint8Array {
  if (node.copyOf) return copiedNode(node, node.copyOf.body, copy, reader);
  if (!node.original) return nodeMessage({ ...node, attributes: attributesOf(node) });
  const { body, inputs } = node.original;
  if (node.inputs.every((input, i) => input === inputs[i])) return copy(body);
  const message = new WireWriter();
  for (const input of node.inputs) message.bytes(1, input);
  for (const field of reader.fields(body)) if (field.number !== 1) message.raw(copy(field.whole));
  return message.finish();
}

/** A node of the file under another name, with other inputs and outputs: fields 1, 2 and 3 of a `NodeProto`. */
function copiedNode({ name, inputs, outputs }: GraphNode, body: ByteRange, copy: Copy, reader: WireReader): Uint8Array {
  const message = new WireWriter();
  for (const input of inputs) message.bytes(1, input);
  for (const output of outputs) message.bytes(2, output);
  message.bytes(3, name);
  for (const field of reader.fields(body)) if (field.number > 3) message.raw(copy(field.whole));
  return message.finish();
}

function* attributesOf({ attributes }: GraphNode): Iterable<[string, AttributeValue]> {
  for (const [key, { number, numbers }] of attributes) {
    if (number !== undefined) yield [key, number];
    if (numbers) yield [key, numbers];
  }
}

function encodeInitializer({ body, raw }: OnnxTensor, copy: Copy, reader: WireReader, location: string | undefined): Uint8Array {
  if (!raw || location === undefined || raw.end - raw.start < SMALLEST_LEFT_BEHIND) return copy(body);
  const message = new WireWriter();
  for (const field of reader.fields(body))
    if (field.number !== 9 && field.number !== 13 && field.number !== 14) message.raw(copy(field.whole));
  return withPlace(message, { location, offset: raw.start, length: raw.end - raw.start }).finish();
}
