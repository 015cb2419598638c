import type { Value } from './graphBuilder.js';
import type { Module } from './module.js';

/**
 * The module's `scale_shift_table` added to what the time says, as `count` values `[1 or batch, 1, channels]`.
 *
 * @param time `[1 or batch, count or 1, channels]`.
 * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` for a table that is not `[count, channels]`, with or without a leading 1.
 */
export function modulation(m: Module, time: Value, count: number, channels: number): Value[] {
  const dims = m.dims('scale_shift_table');
  const [rows, width] = dims.slice(-2);
  if (rows !== count || width !== channels || dims.length > 3 || (dims.length === 3 && dims[0] !== 1))
    throw m.wrongShape('scale_shift_table', `be [${count}, ${channels}]`);
  const sum = m.node('Add', [time, m.weight('scale_shift_table', [1, count, channels])], [time.dims[0]!, count, channels]);
  return m.graph.split('Split', [sum], Array<(string | number)[]>(count).fill([time.dims[0]!, 1, channels]), {
    module: m.path,
    attributes: { axis: 1, num_outputs: count },
  });
}
