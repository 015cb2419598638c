import type { GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';

/** The first version of ONNX's operators with one that casts to another value's type. */
const CAST_LIKE = 15;

/** A float32 value in the type of another: that of the weights, which may be of 16 bits. */
export function castLike(graph: GraphRewriter, value: string, like: string): string {
  if (graph.opset >= CAST_LIKE) return graph.add('CastLike', [value, like]);
  // Files that old have weights of one type, which some of them spell out.
  const half = graph.model.initializers.some(({ elementType }) => elementType === ElementType.float16);
  return half ? graph.add('Cast', [value], { to: ElementType.float16 }) : value;
}
