import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';

/** How the scores of an attention are made. */
export interface ScoreOptions {
  /** Added to them, `[1, 1 or heads, queries, keys]`. */
  readonly bias?: Value | undefined;
  /** What q·kᵀ is multiplied by; 1 / √width by default. */
  readonly scale?: number;
}

/**
 * Scaled dot-product attention of several heads: softmax(scale · q·kᵀ + bias)·v.
 *
 * @param q `[batch, queries, heads · width]`; k and v `[batch, keys, heads · width]`.
 * @returns `[batch, queries, heads · width]`.
 */
export function multiHeadAttention(m: Module, q: Value, k: Value, v: Value, heads: number, { bias, scale }: ScoreOptions = {}): Value {
  if (!m.options.plainAttention?.(m.path)) {
    return m.node('MultiHeadAttention', [q, k, v, ...(bias ? [undefined, undefined, bias] : [])], q.dims, {
      domain: 'com.microsoft',
      attributes: { num_heads: heads, ...(scale === undefined ? {} : { scale: { float: scale } }) },
    });
  }
  const width = Number(q.dims[2]) / heads;
  const split = (x: Value, perm: readonly number[]) =>
    m.transpose(m.reshape(x, [0, 0, heads, width], [x.dims[0]!, x.dims[1]!, heads, width]), perm);
  const scaled = m.node('Mul', [q, m.graph.numbers([scale ?? width ** -0.5], [])], q.dims);
  const dims = [q.dims[0]!, heads, q.dims[1]!, k.dims[1]!];
  const scores = m.node('MatMul', [split(scaled, [0, 2, 1, 3]), split(k, [0, 2, 3, 1])], dims);
  const probabilities = m.node('Softmax', [bias ? m.add(scores, bias) : scores], dims, { attributes: { axis: -1 } });
  const mixed = m.node('MatMul', [probabilities, split(v, [0, 2, 1, 3])], [...dims.slice(0, 3), width]);
  return m.reshape(m.transpose(mixed, [0, 2, 1, 3]), [0, 0, heads * width], q.dims);
}

/** Names of the four projections of an attention. */
export interface ProjectionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly out: string;
}

/** As diffusers names them today. */
const diffusersNames: ProjectionNames = { query: 'to_q', key: 'to_k', value: 'to_v', out: 'to_out.0' };

/**
 * diffusers' `Attention`: projections, attention, projection.
 *
 * @param x `[batch, queries, channels]`.
 * @param context what keys and values come from, `[batch, keys, channels]`: the text, or x itself.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for weights that do not fit.
 */
export function attention(
  m: Module,
  x: Value,
  context: Value,
  heads: number,
  { bias, names = diffusersNames }: { bias?: Value; names?: ProjectionNames } = {},
): Value {
  const query = linear(m.at(names.query), x);
  const inner = Number(query.dims[2]);
  if (inner % heads !== 0) throw m.at(names.query).wrongShape('weight', `give a multiple of ${heads} channels, one share for each head`);
  const mixed = multiHeadAttention(m, query, linear(m.at(names.key), context, inner), linear(m.at(names.value), context, inner), heads, {
    bias,
  });
  return linear(m.at(names.out), mixed, Number(x.dims[2]));
}
