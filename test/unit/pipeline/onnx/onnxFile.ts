import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WireWriter } from '../../../../src/pipeline/onnx/wireWriter.js';

/** A node for a file made by hand. */
export interface HandMadeNode {
  op: string;
  inputs: string[];
  outputs: string[];
  /** Fields added to the node as they are. */
  extra?: Uint8Array;
}

/** Writes bytes as a model into a temporary folder, gives its path to `use` and deletes it. */
export async function withFile<Result>(bytes: Uint8Array, use: (file: string) => Result | Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-onnx-'));
  try {
    const file = path.join(folder, 'model.onnx');
    writeFileSync(file, bytes);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An `ONNX` NodeProto. */
export function node({ op, inputs, outputs, extra }: HandMadeNode): WireWriter {
  const message = new WireWriter();
  for (const input of inputs) message.bytes(1, input);
  for (const output of outputs) message.bytes(2, output);
  message.bytes(3, `node of ${outputs[0]}`).bytes(4, op);
  return extra ? message.raw(extra) : message;
}

/** A float tensor of one axis. */
export function tensor(name: string, values: readonly number[]): WireWriter {
  return new WireWriter()
    .integer(1, values.length)
    .integer(2, 1)
    .bytes(8, name)
    .bytes(9, Buffer.from(Float32Array.from(values).buffer));
}

/** A declaration `name: float[dims]`. */
export function declared(name: string, dims: readonly (number | string)[]): WireWriter {
  const shape = new WireWriter();
  for (const dim of dims) shape.bytes(1, typeof dim === 'number' ? new WireWriter().integer(1, dim) : new WireWriter().bytes(2, dim));
  return new WireWriter().bytes(1, name).bytes(2, new WireWriter().bytes(1, new WireWriter().integer(1, 1).bytes(2, shape)));
}

/** A model of these nodes, from `x` [length] to `y` [length], with `extra` fields of graph and model. */
export function model(
  nodes: readonly HandMadeNode[],
  { initializers = [] as WireWriter[], graphExtra = Buffer.alloc(0) as Uint8Array, modelExtra = Buffer.alloc(0) as Uint8Array } = {},
): Buffer {
  const graph = new WireWriter();
  for (const part of nodes) graph.bytes(1, node(part));
  graph.bytes(2, 'graph');
  for (const part of initializers) graph.bytes(5, part);
  graph
    .bytes(11, declared('x', ['length']))
    .bytes(12, declared('y', ['length']))
    .raw(graphExtra);
  return new WireWriter().integer(1, 8).bytes(7, graph).bytes(8, new WireWriter().bytes(1, '').integer(2, 17)).raw(modelExtra).finish();
}
