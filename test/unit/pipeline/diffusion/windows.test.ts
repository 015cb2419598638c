import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countWindows, slidingWindows, type Window } from '../../../../src/pipeline/diffusion/windows.js';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

async function collect(count: number, size: number, overlap: number): Promise<Window<number>[]> {
  const windows: Window<number>[] = [];
  for await (const window of slidingWindows(numbers(count), size, overlap)) windows.push(window);
  return windows;
}

describe('windows of a long clip', () => {
  it('a clip shorter than a window is one short window', async () => {
    assert.deepEqual(await collect(5, 8, 2), [{ start: 0, frames: [0, 1, 2, 3, 4], nextStart: undefined }]);
  });

  it('the last window starts earlier rather than be short', async () => {
    const windows = await collect(21, 8, 2);
    assert.deepEqual(
      windows.map(({ start, nextStart }) => [start, nextStart]),
      [
        [0, 6],
        [6, 12],
        [12, 13],
        [13, undefined],
      ],
    );
    assert.deepEqual(windows.at(-1)!.frames, [13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('no frames, no windows', async () => {
    assert.deepEqual(await collect(0, 8, 2), []);
  });

  it('for any clip, size and overlap: frames stand where they belong, none is missing, and the count is right', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 24 }), fc.nat(23), async (count, size, rawOverlap) => {
        const overlap = rawOverlap % size;
        const windows = await collect(count, size, overlap);
        assert.equal(windows.length, countWindows(count, size, overlap));
        let covered = 0;
        for (const [i, { start, frames, nextStart }] of windows.entries()) {
          assert.equal(frames.length, Math.min(size, count));
          assert.deepEqual(
            frames,
            frames.map((_, k) => start + k),
          );
          assert.ok(start <= covered, 'a frame was left out');
          assert.equal(nextStart, windows[i + 1]?.start);
          if (nextStart !== undefined) assert.ok(start + size - nextStart >= overlap, 'neighbours share too little');
          covered = start + frames.length;
        }
        assert.equal(covered, count);
      }),
    ));

  it('never reads further ahead than it must', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<number> {
      for (; read < 100; read++) yield read;
    }
    for await (const { start } of slidingWindows(counted(), 8, 2))
      assert.ok(read <= start + 2 * 8, `${read} frames read for the window at ${start}`);
  });
});
