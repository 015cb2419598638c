import type { GraphNode } from './graphRewriter.js';
import type { Shape } from './shapeArithmetic.js';

type Rule = (shapes: readonly (Shape | undefined)[], output: readonly number[], node: Pick<GraphNode, 'attributes'>) => number;

const product = (lengths: Shape) => lengths.reduce<number>((all, length) => all * (length ?? NaN), 1);

/** Every number of the result is a sum over the first matrix' inner axis. */
const matrices: Rule = ([a], output, { attributes }) =>
  2 * product(output) * ((attributes.get('transA')?.number ? a?.at(-2) : a?.at(-1)) ?? NaN);

/** Every number of the result is a sum over the kernel and the channels that it sees. */
const kernels: Rule = ([, kernel], output) => 2 * product(output) * product(kernel?.slice(1) ?? [undefined]);

/** Scores of every query with every key, and the weighted sum of values. */
const attention: Rule = ([query, key], output) => 4 * product(output) * (key?.[1] ?? query?.[1] ?? NaN);

const rules: Readonly<Record<string, Rule>> = {
  MatMul: matrices,
  FusedMatMul: matrices,
  Gemm: matrices,
  MatMulNBits: matrices,
  MatMulInteger: matrices,
  DynamicQuantizeMatMul: matrices,
  Conv: kernels,
  FusedConv: kernels,
  MultiHeadAttention: attention,
  Attention: attention,
};

/** Multiplications and additions of a node; 0 for operators that are cheap beside products, and where shapes cannot be told. */
export function operationsOf(
  node: Pick<GraphNode, 'opType' | 'attributes'>,
  inputs: readonly (Shape | undefined)[],
  output: Shape | undefined,
): number {
  const count = output && rules[node.opType]?.(inputs, output as readonly number[], node);
  return count !== undefined && Number.isFinite(count) ? count : 0;
}
