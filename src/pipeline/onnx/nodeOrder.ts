import { onnxErrors } from './errors.js';
import type { GraphNode, GraphRewriter } from './graphRewriter.js';

/**
 * The nodes so that each comes after those whose values it takes; among those that are free, in the order they stood in.
 *
 * @throws {FrameloomError} `FL_ONNX_CYCLE`
 */
export function inOrder(graph: GraphRewriter): GraphNode[] {
  const { nodes } = graph;
  const position = new Map(nodes.map((node, i) => [node, i]));
  const ordered: GraphNode[] = [];
  const state = new Uint8Array(nodes.length);
  // Depth first without recursion: a chain of a million nodes must not overflow the stack.
  for (let root = 0; root < nodes.length; root++) {
    const stack: { node: GraphNode; input: number }[] = state[root] ? [] : [{ node: nodes[root]!, input: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const at = position.get(top.node)!;
      state[at] = 1;
      if (top.input === top.node.inputs.length) {
        state[at] = 2;
        ordered.push(top.node);
        stack.pop();
        continue;
      }
      const before = graph.producer(top.node.inputs[top.input++]!);
      if (!before) continue;
      const beforeState = state[position.get(before)!];
      if (beforeState === 1) throw onnxErrors.cycle(graph.model.file, JSON.stringify(before.name || before.opType));
      if (beforeState === 0) stack.push({ node: before, input: 0 });
    }
  }
  return ordered;
}
