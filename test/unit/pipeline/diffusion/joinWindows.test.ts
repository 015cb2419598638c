import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { joinWindows, type WindowPart } from '../../../../src/pipeline/diffusion/joinWindows.js';

/** A window from `start` whose every number is `value`, with two numbers a frame. */
function part(start: number, frames: number, value: number, nextStart?: number): WindowPart {
  return { start, rows: new Tensor(new Float32Array(2 * frames).fill(value), [frames, 2]), nextStart };
}

/** The first number of each frame of the joined clip; both are the same. */
async function joined(parts: WindowPart[]): Promise<number[]> {
  const rows: number[] = [];
  for await (const { data } of joinWindows(parts)) {
    for (let i = 0; i < data.length; i += 2) {
      assert.equal(data[i], data[i + 1]);
      rows.push(data[i]!);
    }
  }
  return rows;
}

describe('windows joined to a clip', () => {
  it('are cross-faded over the frames that they share, in equal steps, and are themselves elsewhere', async () => {
    assert.deepEqual(await joined([part(0, 6, 0, 3), part(3, 6, 8)]), [0, 0, 0, 2, 4, 6, 8, 8, 8]);
    assert.deepEqual(await joined([part(0, 4, 0, 3), part(3, 4, 2, 6), part(6, 4, 6)]), [0, 0, 0, 1, 2, 2, 4, 6, 6, 6]);
  });

  it('stand one after the other where they share none', async () => {
    assert.deepEqual(await joined([part(0, 3, 1, 3), part(3, 2, 5)]), [1, 1, 1, 5, 5]);
  });

  it('keep every frame once, and never leave the range of the two that they lie between', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(7),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 6, maxLength: 6 }),
        async (size, rawShared, windows, values) => {
          const step = size - Math.min(rawShared, Math.floor(size / 2));
          const parts = Array.from({ length: windows }, (_, at) =>
            part(at * step, size, values[at]!, at === windows - 1 ? undefined : (at + 1) * step),
          );
          const rows = await joined(parts);
          assert.equal(rows.length, (windows - 1) * step + size);
          for (const [frame, value] of rows.entries()) {
            const over = parts.filter(({ start }) => frame >= start && frame < start + size).map(({ rows: { data } }) => data[0]!);
            assert.ok(value >= Math.min(...over) - 1e-6 && value <= Math.max(...over) + 1e-6, `frame ${frame}`);
          }
        },
      ),
    ));
});
