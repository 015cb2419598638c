import { type ByteRange, ByteSource, type ModelSource, nameOfSource } from './byteSource.js';
import { onnxErrors } from './errors.js';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './onnxModel.js';
import { readTensor } from './readTensor.js';
import { WireReader } from './wireReader.js';

/** More nodes or weights than any network has; a file with more is refused before it fills the memory. */
const MOST_ENTRIES = 100_000;

/** Tensors have eight axes at most in practice. */
const MOST_AXES = 64;

/** Lists in attributes (axes, strides, pads) are short. */
const MOST_NUMBERS = 4096;

/**
 * Reads the structure of an ONNX file: nodes, attributes, inputs and outputs, and where the weights lie.
 *
 * Weights are passed over, so that it takes milliseconds and little memory whatever the file's size. Subgraphs (of `If` and
 * `Loop`), model-local functions and fields that are not known are left where they are.
 * @throws {FrameloomError} `FL_ONNX_READ`, `FL_ONNX_MALFORMED`, `FL_ONNX_TOO_LARGE`
 */
export function readModel(from: ModelSource): OnnxModel {
  const file = nameOfSource(from);
  return ByteSource.use(from, (source) => {
    const reader = new WireReader(source);
    const opsets = new Map<string, number>();
    const nodes: OnnxNode[] = [];
    const initializers: OnnxTensor[] = [];
    const inputs: OnnxValue[] = [];
    const outputs: OnnxValue[] = [];
    const kept: { graph: ByteRange[]; model: ByteRange[] } = { graph: [], model: [] };
    let graphs = 0;

    const push = <Item>(list: Item[], item: Item, what: string) => {
      if (list.push(item) > MOST_ENTRIES) throw onnxErrors.tooLarge(file, `it has more than ${MOST_ENTRIES} ${what}`);
    };
    const readGraph = (body: ByteRange) => {
      for (const field of reader.fields(body)) {
        if (field.number === 1) push(nodes, readNode(reader, reader.payload(field)), 'nodes');
        else if (field.number === 5) push(initializers, readTensor(reader, reader.payload(field)), 'initializers');
        else {
          if (field.number === 11) inputs.push(readValue(reader, reader.payload(field)));
          if (field.number === 12) outputs.push(readValue(reader, reader.payload(field)));
          push(kept.graph, field.whole, 'declarations');
        }
      }
    };
    for (const field of reader.fields({ start: 0, end: source.size })) {
      if (field.number === 7) {
        graphs++;
        readGraph(reader.payload(field));
        continue;
      }
      push(kept.model, field.whole, 'fields');
      if (field.number === 8) {
        let domain = '';
        let version = 0;
        for (const part of reader.fields(reader.payload(field))) {
          if (part.number === 1) domain = reader.string(part);
          else if (part.number === 2) version = reader.integer(part);
        }
        opsets.set(domain === 'ai.onnx' ? '' : domain, version);
      }
    }
    if (graphs === 0 || nodes.length === 0) throw onnxErrors.malformed(file, source.size, 'the file ends without a graph');
    const weights = new Set(initializers.map(({ name }) => name));
    return {
      file,
      source: from,
      version: { size: source.size, modified: source.modified },
      opsets,
      nodes,
      initializers,
      inputs: inputs.filter(({ name }) => !weights.has(name)),
      outputs,
      kept,
    };
  });
}

function readNode(reader: WireReader, body: ByteRange): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let name = '';
  let opType = '';
  let domain = '';
  let scope: string | undefined;
  for (const field of reader.fields(body)) {
    if (field.number === 1) inputs.push(reader.string(field));
    else if (field.number === 2) outputs.push(reader.string(field));
    else if (field.number === 3) name = reader.string(field);
    else if (field.number === 4) opType = reader.string(field);
    else if (field.number === 5) attributes.set(...readAttribute(reader, reader.payload(field)));
    else if (field.number === 7) domain = reader.string(field);
    else if (field.number === 9) scope = readScope(reader, reader.payload(field)) ?? scope;
    if (inputs.length + outputs.length > MOST_NUMBERS)
      throw reader.malformed(body.start, `a node has more than ${MOST_NUMBERS} inputs and outputs`);
  }
  return { name, opType, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes, scope, body };
}

function readAttribute(reader: WireReader, body: ByteRange): [string, OnnxAttribute] {
  let name = '';
  let number: number | undefined;
  let text: string | undefined;
  let tensor: OnnxTensor | undefined;
  const numbers: number[] = [];
  for (const field of reader.fields(body)) {
    if (field.number === 1) name = reader.string(field);
    else if (field.number === 2) number = reader.float(field);
    else if (field.number === 3) number = reader.integer(field);
    else if (field.number === 4) text = reader.bytes(reader.payload(field), 1024).toString('utf8');
    else if (field.number === 5) tensor = readTensor(reader, reader.payload(field));
    else if (field.number === 8 && numbers.length < MOST_NUMBERS) numbers.push(...reader.integers(field, MOST_NUMBERS));
  }
  return [
    name,
    {
      ...(number === undefined ? {} : { number }),
      ...(text === undefined ? {} : { text }),
      ...(tensor ? { tensor } : {}),
      ...(numbers.length > 0 ? { numbers } : {}),
    },
  ];
}

/** The innermost module of `pkg.torch.onnx.name_scopes`: a Python list of paths, each longer than the one before. */
function readScope(reader: WireReader, body: ByteRange): string | undefined {
  let key = '';
  let value = '';
  for (const field of reader.fields(body)) {
    if (field.number === 1) key = reader.string(field);
    else if (field.number === 2) value = reader.bytes(reader.payload(field), 16 * 1024).toString('utf8');
  }
  if (key !== 'pkg.torch.onnx.name_scopes') return undefined;
  // The last entry is the operation itself.
  return [...value.matchAll(/'([^']*)'/g)].map((match) => match[1]!).at(-2);
}

function readValue(reader: WireReader, body: ByteRange): OnnxValue {
  let name = '';
  let elementType = 0;
  const dims: (number | string)[] = [];
  for (const field of reader.fields(body)) {
    if (field.number === 1) name = reader.string(field);
    if (field.number !== 2) continue;
    for (const type of reader.fields(reader.payload(field))) {
      if (type.number !== 1) continue;
      for (const part of reader.fields(reader.payload(type))) {
        if (part.number === 1) elementType = reader.integer(part);
        if (part.number !== 2) continue;
        for (const dim of reader.fields(reader.payload(part))) {
          if (dims.push(readDim(reader, reader.payload(dim))) > MOST_AXES)
            throw reader.malformed(body.start, `${JSON.stringify(name)} has more than ${MOST_AXES} axes`);
        }
      }
    }
  }
  return { name, elementType, dims };
}

function readDim(reader: WireReader, body: ByteRange): number | string {
  let dim: number | string = '';
  for (const field of reader.fields(body)) {
    if (field.number === 1) dim = reader.integer(field);
    else if (field.number === 2) dim = reader.string(field);
  }
  return dim;
}
