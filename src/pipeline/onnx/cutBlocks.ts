import { modulePath } from './attentionNames.js';
import { onnxErrors } from './errors.js';
import type { GraphNode, GraphRewriter } from './graphRewriter.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** Names of what a transformer that is cut behind its first block and before its last layers takes and gives. */
export const CUT_VALUES = {
  /** The tokens behind the first block, `[batch, tokens, channels]`: given by the first part, taken by the others. */
  first: 'frameloom/first_block',
  /** What the first block changed of them; given by the first part. */
  change: 'frameloom/first_block_change',
  /** What all further blocks changed of them; given by the second part, taken by the last layers. */
  further: 'frameloom/further_blocks_change',
} as const;

/** One of three graphs that a transformer is cut into: up to its first block; from there on; and its last layers alone, behind what is known of the blocks. */
export type CutPart = 'first' | 'further' | 'last';

/** The values at which a transformer is cut. */
interface Cuts {
  /** The first block's tokens, before it and behind it. */
  readonly before: string;
  readonly behind: string;
  /** The tokens behind the last block. */
  readonly last: string;
}

/** Whether blocks are told apart in a graph, and how they are named. */
export function countBlocks(graph: GraphRewriter): number {
  return new Set(graph.nodes.flatMap((node) => blockNumber(node) ?? [])).size;
}

/**
 * Leaves of a transformer only one part.
 *
 * @param shapes of its values for some sizes, by which its tokens are known.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for a graph that has no blocks in a row.
 */
export function cutBlocks(graph: GraphRewriter, part: CutPart, shapes: ReadonlyMap<string, Shape>): Map<string, string> {
  const { before, behind, last } = findCuts(graph, shapes);
  const dims = ['cut_batch', 'cut_places', 'cut_channels'];
  const given = new Map<string, string>();
  const give = (name: string, value: string) => {
    graph.addOutput(value, name, ElementType.float, dims);
    given.set(name, name);
  };
  if (part === 'first') {
    give(CUT_VALUES.first, behind);
    give(CUT_VALUES.change, graph.add('Sub', [behind, before]));
    graph.keepOutputs([...given.keys()]);
    return given;
  }
  const taken = graph.addInput(CUT_VALUES.first, ElementType.float, dims);
  if (part === 'further') {
    for (const use of [...graph.usesOf(behind)]) graph.rewire(use, taken);
    give(CUT_VALUES.further, graph.add('Sub', [last, taken]));
  } else {
    const uses = [...graph.usesOf(last)];
    const made = graph.add('Add', [taken, graph.addInput(CUT_VALUES.further, ElementType.float, dims)]);
    for (const use of uses) graph.rewire(use, made);
  }
  graph.keepOutputs([...graph.model.outputs.map(({ name }) => name), ...given.keys()]);
  return given;
}

function findCuts(graph: GraphRewriter, shapes: ReadonlyMap<string, Shape>): Cuts {
  const count = countBlocks(graph);
  const refuse = () => onnxErrors.unsupported(graph.model.file, 'its blocks cannot be told apart, so none of them can be left out.');
  if (count < 2) throw refuse();
  const ofBlock = (number: number) => graph.nodes.filter((node) => blockNumber(node) === number);
  const behind = behindHint(graph, outputOf(ofBlock(0)));
  const last = behindHint(graph, outputOf(ofBlock(count - 1)));
  const tokens = String(shapes.get(behind));
  const made = new Set(ofBlock(0).flatMap(({ outputs }) => outputs));
  const before = new Set(
    ofBlock(0).flatMap(({ inputs }) => inputs.filter((input) => !made.has(input) && String(shapes.get(input)) === tokens)),
  );
  if (before.size !== 1 || shapes.get(behind) === undefined) throw refuse();
  return { before: [...before][0]!, behind, last };
}

/** Which block of the row a node is part of. */
function blockNumber(node: GraphNode): number | undefined {
  const found = /^(?:transformer_)?blocks\.(\d+)(?:\.|$)/.exec(modulePath(node) ?? '');
  return found ? Number(found[1]) : undefined;
}

/** What the last node of a block makes. */
function outputOf(block: readonly GraphNode[]): string {
  return block.at(-1)!.outputs[0]!;
}

/** VACE adds a hint behind some blocks. */
function behindHint(graph: GraphRewriter, value: string): string {
  const uses = graph.usesOf(value);
  const [use] = uses;
  return uses.length === 1 && use!.node.opType === 'Add' && modulePath(use!.node) === undefined ? use!.node.outputs[0]! : value;
}
