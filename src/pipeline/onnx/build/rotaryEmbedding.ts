import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** Cosines and sines of every token's angles, `[tokens, width / 2]` each. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

/** Base of the frequencies. */
const THETA = 10_000;

/**
 * Positions of the tokens of a clip for rotary embedding (Su et al. 2021): a head's width is cut into a part each for time, rows and columns, and angles fall
 * along each part as position · 10000^(−2i / part), as diffusers' `WanRotaryPosEmbed` has them.
 *
 * @param counts how many tokens lie along time, height and width, `[1]` each.
 * @param width of a head.
 * @param longest most tokens along one axis.
 */
export function rotaryAngles(m: Module, counts: readonly [Value, Value, Value], width: number, longest: number): RotaryAngles {
  const side = 2 * Math.floor(width / 6);
  const parts = [width - 2 * side, side, side].map((part) => part / 2);
  const spread = (wave: (angle: number) => number) => {
    const axes = parts.map((half, axis) => {
      const table = Float32Array.from({ length: longest * half }, (_, at) => wave(Math.floor(at / half) * THETA ** (-(at % half) / half)));
      const rows = m.node(
        'Slice',
        [m.graph.numbers(table, [longest, half]), m.graph.integers([0]), counts[axis], m.graph.integers([0])],
        ['positions', half],
      );
      const view = [1, 1, 1, half].map((length, i) => (i === axis ? -1 : length));
      return m.node('Expand', [m.reshape(rows, view, view), m.joined([...counts, half])], ['f', 'h', 'w', half]);
    });
    const grid = m.node('Concat', axes, ['f', 'h', 'w', width / 2], { attributes: { axis: -1 } });
    return m.reshape(grid, [-1, width / 2], ['tokens', width / 2]);
  };
  return { cos: spread(Math.cos), sin: spread(Math.sin) };
}

/** Turns neighbouring pairs of channels, in every head alike, by their token's angles. @param x `[batch, tokens, heads · width]`. */
export function rotate(m: Module, x: Value, { cos, sin }: RotaryAngles, heads: number): Value {
  return m.node('RotaryEmbedding', [x, m.graph.integers([0]), cos, sin], x.dims, {
    domain: 'com.microsoft',
    attributes: { interleaved: 1, num_heads: heads },
  });
}
