import type { GraphRewriter } from './graphRewriter.js';

/** Operators whose output says how large their input is, not what is in it. */
const onlyOfShape = new Set(['Shape', 'Size']);

/**
 * All values that are computed from the contents of `value`.
 *
 * What follows only from its shape does not count: the text's keys are often expanded to the number of frames of the sample.
 */
export function computedFrom(graph: GraphRewriter, value: string | undefined): Set<string> {
  const reached = new Set<string>();
  if (value === undefined) return reached;
  reached.add(value);
  const waiting = [value];
  while (waiting.length > 0) {
    for (const { node } of graph.usesOf(waiting.pop()!)) {
      if (onlyOfShape.has(node.opType)) continue;
      for (const output of node.outputs) {
        if (output === '' || reached.has(output)) continue;
        reached.add(output);
        waiting.push(output);
      }
    }
  }
  return reached;
}
