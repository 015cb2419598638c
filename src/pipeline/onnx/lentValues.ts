import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/**
 * Gives a value of the graph out, as float32, so that another call can be lent it.
 *
 * @param like the value of the file that has its shape: itself, unless it was rewritten.
 * @returns the name of the output.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where its axes cannot be told.
 */
export function giveOut(graph: GraphRewriter, value: string, name: string, shapes: ReadonlyMap<string, Shape>, like = value): string {
  graph.addOutput(graph.add('Cast', [value], { to: ElementType.float }), name, ElementType.float, axesOf(graph, shapes, like, name));
  return name;
}

/** An input for a value that another call has given out, in the type of `value`, whose place it is to take. @throws as {@link giveOut}. */
export function takeIn(graph: GraphRewriter, value: string, name: string, shapes: ReadonlyMap<string, Shape>, like = value): string {
  return castLike(graph, graph.addInput(name, ElementType.float, axesOf(graph, shapes, like, name)), value);
}

/** A value where a gate is 0, another one of its shape where it is 1. @param gate float32 `[1]`. */
export function gated(graph: GraphRewriter, gate: string, own: string, other: string): string {
  return graph.add('Where', [graph.add('Cast', [gate], { to: ElementType.bool }), other, own]);
}

function axesOf({ model }: GraphRewriter, shapes: ReadonlyMap<string, Shape>, value: string, name: string): string[] {
  const shape = shapes.get(value);
  if (!shape) throw onnxErrors.unsupported(model.file, `the axes of ${value} cannot be told, so that no other call can be lent it.`);
  return shape.map((_, axis) => `${name}_${axis}`);
}
