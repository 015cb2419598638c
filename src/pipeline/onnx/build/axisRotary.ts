import type { Dim, Value } from './graphBuilder.js';
import type { Module } from './module.js';
import type { RotaryAngles } from './rotaryEmbedding.js';

/** Inputs with the cosines and sines of the positions along each axis, and the axis of `hidden_states` that each follows, as LTX-Video's graph names them. */
export const ROTARY_INPUTS = { frames: 'rotary_frames', height: 'rotary_rows', width: 'rotary_columns' } as const;

/**
 * Angles of the tokens of a clip, put together from those of the frames, rows and columns, which a call gives: positions are in seconds and pixels, so that they depend
 * on the clip's frame rate. The angles take turns in the channels (frames, rows, columns, frames, …), as diffusers' `LTXVideoRotaryPosEmbed` has them; channels that are
 * left over stand in front and are not turned.
 *
 * Adds the inputs {@link ROTARY_INPUTS}, each `[length of the axis, 2, ⌊channels / 6⌋]`: cosines, then sines.
 * @param channels of all heads together, which are turned as if they were one.
 */
export function axisRotaryAngles(m: Module, channels: number): RotaryAngles {
  const count = Math.floor(channels / 6);
  const still = (channels % 6) / 2;
  const axes = Object.entries(ROTARY_INPUTS).map(([length, name]) => m.graph.input(name, [length, 2, count]));
  const lengths = axes.map((axis) => m.shapeOf(axis, 0, 1));
  const spread = (which: 0 | 1) => {
    const waves = axes.map((axis, i) => {
      const row = m.node('Gather', [axis, m.graph.integers([which], [])], [axis.dims[0]!, count], { attributes: { axis: 1 } });
      const view = [0, 1, 2].map((each) => (each === i ? -1 : 1));
      const placed = m.reshape(row, [...view, count, 1], [...view.map((each) => (each === -1 ? axis.dims[0]! : each)), count, 1]);
      return m.node('Expand', [placed, m.joined([...lengths, count, 1])], ['frames', 'height', 'width', count, 1]);
    });
    const turns = m.node('Concat', waves, ['frames', 'height', 'width', count, 3], { attributes: { axis: -1 } });
    return withStill(m, m.reshape(turns, [-1, 3 * count], ['frames*height*width', 3 * count]), still, which === 0 ? 1 : 0);
  };
  return { cos: spread(0), sin: spread(1) };
}

/** `value` in front of every row, `count` times. */
function withStill(m: Module, rows: Value, count: number, value: number): Value {
  if (count === 0) return rows;
  const [tokens, width] = rows.dims as [Dim, number];
  const front = m.node('Expand', [m.graph.numbers([value], [1, 1]), m.joined([m.shapeOf(rows, 0, 1), count])], [tokens, count]);
  return m.node('Concat', [front, rows], [tokens, count + width], { attributes: { axis: 1 } });
}
