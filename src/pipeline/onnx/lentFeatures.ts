import type { GraphRewriter } from './graphRewriter.js';
import { gated, giveOut, takeIn } from './lentValues.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** The input that says whether a value is the lending call's: float32 `[1]`, 1 or 0. */
export const LENT_FEATURES_INPUT = 'frameloom/lent_features';

const [GIVEN, TAKEN] = ['frameloom/lent_features_out', 'frameloom/lent_features_in'] as const;

/** Gives features out. @returns the output by the name of the input that takes it. @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where their axes cannot be told. */
export function lendFeatures(graph: GraphRewriter, features: string, shapes: ReadonlyMap<string, Shape>): Map<string, string> {
  return new Map([[TAKEN, giveOut(graph, features, GIVEN, shapes)]]);
}

/** Puts the lending call's features in the place of a value while {@link LENT_FEATURES_INPUT} is 1; at 0 the network gives what it gave before. @throws as {@link lendFeatures}. */
export function borrowFeatures(graph: GraphRewriter, features: string, shapes: ReadonlyMap<string, Shape>): void {
  const gate = graph.addInput(LENT_FEATURES_INPUT, ElementType.float, [1]);
  graph.splice(features, (own) => gated(graph, gate, own, takeIn(graph, own, TAKEN, shapes)));
}
