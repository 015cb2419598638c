import type { GraphNode, GraphRewriter } from './graphRewriter.js';

/** A shape of computation to look for, from its end backwards. */
export interface NodePattern {
  /** Operators that the node may be. */
  readonly op: readonly string[];
  /** Operators that may stand between this node and the one that uses it, any number of them. */
  readonly through?: readonly string[];
  /** What else must hold of the node. */
  readonly where?: (node: GraphNode) => boolean;
  /** Patterns that must be found among its inputs. */
  readonly inputs?: readonly NodePattern[];
  /** The name it is to be found under in the result. */
  readonly as: string;
}

/** Longest way of operators in between: mask, scale, casts and reshapes together are fewer. */
const LONGEST_WAY = 12;

/** Nodes looked at behind one; far fewer stand between the parts of an attention. */
const MOST_SEEN = 500;

/**
 * Whether a computation that ends in `node` looks like `pattern`.
 *
 * @returns the nodes found by the names that the pattern gives them, or undefined.
 */
export function matchPattern(graph: GraphRewriter, node: GraphNode, pattern: NodePattern): Map<string, GraphNode> | undefined {
  if (!pattern.op.includes(node.opType) || (pattern.where && !pattern.where(node))) return undefined;
  const found = new Map([[pattern.as, node]]);
  for (const wanted of pattern.inputs ?? []) {
    const part = findAmongInputs(graph, node, wanted);
    if (!part) return undefined;
    for (const [name, match] of part) found.set(name, match);
  }
  return found;
}

/** Every place where a pattern is found, in the order of the file. */
export function findPattern(graph: GraphRewriter, pattern: NodePattern): Map<string, GraphNode>[] {
  return graph.nodes.flatMap((node) => matchPattern(graph, node, pattern) ?? []);
}

/** The nearest match behind any input, looked for through the operators that the pattern lets pass. */
function findAmongInputs(graph: GraphRewriter, node: GraphNode, wanted: NodePattern): Map<string, GraphNode> | undefined {
  let front = [node];
  const seen = new Set(front);
  for (let way = 0; way < LONGEST_WAY && front.length > 0 && seen.size < MOST_SEEN; way++) {
    const behind = front
      .flatMap(({ inputs }) => inputs.flatMap((input) => graph.producer(input) ?? []))
      .filter((before) => !seen.has(before));
    for (const before of behind) {
      const match = matchPattern(graph, before, wanted);
      if (match) return match;
      seen.add(before);
    }
    front = behind.filter(({ opType }) => wanted.through?.includes(opType));
  }
  return undefined;
}
