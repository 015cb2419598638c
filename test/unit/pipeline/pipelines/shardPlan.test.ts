import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Generator, type Tensor } from '../../../../src/pipeline/core/index.js';
import { FrameNoise, joinWindows, type WindowSpan, windowSpans } from '../../../../src/pipeline/diffusion/index.js';
import { planShard, type SharedClip, windowsOf } from '../../../../src/pipeline/pipelines/shardPlan.js';

/** A clip, its windows, and how many share it. */
const shared = fc
  .record({
    frameCount: fc.integer({ min: 1, max: 90 }),
    size: fc.integer({ min: 1, max: 16 }),
    rawOverlap: fc.nat(15),
    rawCount: fc.nat(20),
  })
  .map(({ frameCount, size, rawOverlap, rawCount }) => {
    const overlap = rawOverlap % size;
    const windows = windowSpans(frameCount, size, overlap);
    return { frameCount, size, overlap, count: 1 + (rawCount % windows.length), windows };
  });

const plansOf = (
  clip: Omit<SharedClip, 'needsFirstWindow'>,
  count: number,
  needsFirstWindow: SharedClip['needsFirstWindow'] = () => false,
) => Array.from({ length: count }, (_, i) => planShard({ index: i + 1, count }, { ...clip, needsFirstWindow }));

/** What a network could make of a window: two numbers a frame that depend on frame and window. */
function madeOf(span: WindowSpan): { start: number; rows: Tensor; nextStart: number | undefined } {
  return { start: span.start, rows: new Generator(span.start).randn([span.end - span.start, 32]), nextStart: span.nextStart };
}

async function joined(spans: readonly WindowSpan[]): Promise<Map<number, number[]>> {
  const frames = new Map<number, number[]>();
  let begins = 0;
  function* parts() {
    for (const span of spans) {
      begins = span.start;
      yield madeOf(span);
    }
  }
  for await (const piece of joinWindows(parts()))
    for (let row = 0; row < piece.dims[0]!; row++) frames.set(begins + row, [...piece.slice(row, row + 1).data]);
  return frames;
}

describe('shares of a long clip', () => {
  it('each frame is given by one of them, in order, for any clip, windows and number of machines', () =>
    fc.assert(
      fc.property(shared, ({ count, ...clip }) => {
        const ends = plansOf(clip, count).map(({ frames }) => [frames.start, frames.end]);
        assert.equal(ends[0]![0], 0);
        assert.equal(ends.at(-1)![1], clip.frameCount);
        ends.forEach(([start, end], i) => {
          assert.ok(start! < end!);
          if (i > 0) assert.equal(start, ends[i - 1]![1]);
        });
      }),
    ));

  it('what they cross-fade is, number for number, what one machine does', () =>
    fc.assert(
      fc.asyncProperty(shared, fc.boolean(), async ({ count, windows, ...clip }, needsFirst) => {
        const whole = await joined(windows);
        for (const { runs, frames } of plansOf(clip, count, () => needsFirst)) {
          const own = await joined(runs.flat());
          for (let frame = frames.start; frame < frames.end; frame++) assert.deepEqual(own.get(frame), whole.get(frame));
        }
      }),
      { numRuns: 60 },
    ));

  it('a share edits no window that has no hand in its frames', () => {
    const clip = { frameCount: 100, size: 10, overlap: 2 };
    const [, second] = plansOf(clip, 4);
    assert.deepEqual(
      second!.runs.map((run) => run.map(({ start }) => start)),
      [[16, 24, 32, 40]],
    );
    assert.deepEqual(second!.frames, { start: 24, end: 48 });
  });

  it('the frames of its windows are read where they stand', async () => {
    const clip = { frameCount: 50, size: 8, overlap: 3 };
    const plan = planShard({ index: 2, count: 3 }, { ...clip, needsFirstWindow: () => true });
    async function* read({ start, end }: { start: number; end: number }) {
      for (let i = start; i < end; i++) yield { data: new Uint8Array(3).fill(i), width: 1, height: 1 };
    }
    const seen: number[][] = [];
    for await (const { start, frames } of windowsOf(plan, clip, read)) {
      frames.forEach(({ data }, i) => assert.equal(data[0], start + i));
      seen.push([start, frames.length]);
    }
    assert.deepEqual(
      seen,
      plan.runs.flat().map(({ start, end }) => [start, end - start]),
    );
  });

  it('more machines than windows, and a clip that nobody can count, are refused', () => {
    const clip = { frameCount: 20, size: 8, overlap: 2, needsFirstWindow: () => false };
    assert.throws(() => planShard({ index: 1, count: 4 }, clip), { code: 'FL_SHARD_COUNT', message: /20 frames.*3 windows.*4 shards/ });
    assert.throws(() => planShard({ index: 1, count: 2 }, { ...clip, frameCount: undefined }), { code: 'FL_SHARD_LENGTH' });
  });
});

describe('noise of a window', () => {
  const dims = (frames: number) => [frames, 4, 2, 2];

  it('in the first is what the seed gives from its beginning', () => {
    const noise = new FrameNoise(new Generator(3), 'frames', false);
    noise.beginWindow(0);
    assert.deepEqual(noise.forFrames(0, dims(4)).data, new Generator(3).randn(dims(4)).data);
  });

  it('later depends on the seed and the place alone, whatever was drawn before', () => {
    const draw = (seed: number, before: number[], start: number) => {
      const noise = new FrameNoise(new Generator(seed), 'motion', false);
      for (const earlier of before) {
        noise.beginWindow(earlier);
        noise.randn(dims(3));
        noise.forFrames(earlier, dims(4));
      }
      noise.beginWindow(start);
      return [noise.randn(dims(2)), noise.forFrames(start, dims(4))].map(({ data }) => [...data]);
    };
    assert.deepEqual(draw(3, [0, 3, 6], 9), draw(3, [], 9));
    assert.notDeepEqual(draw(3, [], 9), draw(4, [], 9));
    assert.notDeepEqual(draw(3, [], 9), draw(3, [], 12));
  });

  it('on a frame is the same in all windows that have it', () => {
    const noise = new FrameNoise(new Generator(3), 'frames', false);
    const [first, second, third] = [0, 3, 6].map((start) => {
      noise.beginWindow(start);
      return noise.forFrames(start, dims(5));
    }) as [Tensor, Tensor, Tensor];
    assert.deepEqual(first.slice(3).data, second.slice(0, 2).data);
    assert.deepEqual(second.slice(3).data, third.slice(0, 2).data);
    assert.ok(noise.needsFirstWindow(3, 5) && !noise.needsFirstWindow(6, 5));
  });

  it('of one kind for all frames is drawn in the first window', () => {
    const noise = new FrameNoise(new Generator(3), 'frames', true);
    assert.ok(noise.needsFirstWindow(60, 5));
    noise.beginWindow(0);
    const first = noise.forFrames(0, dims(2)).data;
    noise.beginWindow(6);
    assert.deepEqual(noise.forFrames(6, dims(2)).data, first);
  });
});
