import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type ContextPlan,
  contextSchedules,
  contextWeightings,
  contextWeights,
  contextWindows,
  mostContextWindows,
} from '../../../../src/pipeline/diffusion/contextWindows.js';

const plan = (given: Partial<ContextPlan>): ContextPlan => ({
  schedule: 'static',
  frames: 4,
  stride: 1,
  overlap: 2,
  weights: 'flat',
  ...given,
});

/** Any plan, a clip and a step. */
const cases = fc
  .record({
    schedule: fc.constantFrom(...contextSchedules),
    frames: fc.integer({ min: 2, max: 20 }),
    stride: fc.integer({ min: 1, max: 4 }),
    overlap: fc.nat(19),
    weights: fc.constantFrom(...contextWeightings),
    count: fc.integer({ min: 1, max: 150 }),
    step: fc.nat(60),
  })
  .map(({ overlap, count, step, ...rest }) => ({ plan: { ...rest, overlap: overlap % rest.frames }, count, step }));

describe('context windows', () => {
  it('static windows stay, and the last one starts earlier rather than be short', () => {
    for (const step of [0, 1, 7])
      assert.deepEqual(contextWindows(plan({}), 9, step), [
        [0, 1, 2, 3],
        [2, 3, 4, 5],
        [4, 5, 6, 7],
        [5, 6, 7, 8],
      ]);
  });

  it('uniform windows shift from step to step by the reversed bits of the step', () => {
    const starts = (step: number) => contextWindows(plan({ schedule: 'uniform', frames: 8, overlap: 0 }), 24, step).map(([first]) => first);
    assert.deepEqual([0, 1, 2, 3].map(starts), [
      [0, 8, 16],
      [0, 4, 12, 16],
      [0, 6, 14, 16],
      [0, 2, 10, 16],
    ]);
  });

  it('looped windows go on over the end with the first frames, and a short clip is turned like a ring', () => {
    const looped = plan({ schedule: 'looped' });
    assert.deepEqual(contextWindows(looped, 6, 0), [
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [4, 5, 0, 1],
    ]);
    assert.deepEqual(contextWindows(looped, 4, 1), [[2, 3, 0, 1]]);
  });

  it('a stride lays windows of every second frame over the others, where they fit', () => {
    const two = plan({ stride: 2, schedule: 'uniform', overlap: 1 });
    assert.deepEqual(contextWindows(two, 7, 0), [
      [0, 1, 2, 3],
      [3, 4, 5, 6],
      [0, 2, 4, 6],
    ]);
    assert.equal(contextWindows(two, 6, 0).flat().length, 8, 'six frames have no four with a stride of two');
  });

  it('any plan, clip and step: every frame is predicted, none twice in a window, by windows of one size', () =>
    fc.assert(
      fc.property(cases, ({ plan: any, count, step }) => {
        const windows = contextWindows(any, count, step);
        assert.equal(new Set(windows.flat()).size, count);
        for (const window of windows) {
          assert.equal(window.length, Math.min(any.frames, count));
          assert.equal(new Set(window).size, window.length);
          assert.ok(window.every((frame) => frame >= 0 && frame < count));
        }
        assert.ok(windows.length <= mostContextWindows(any, count) + any.stride);
      }),
    ));

  it('any loop: every pair of neighbours, the last and the first too, is seen together at every step where windows overlap', () =>
    fc.assert(
      fc.property(cases, ({ plan: any, count, step }) => {
        fc.pre(any.overlap > 0 && count > any.frames);
        const windows = contextWindows({ ...any, schedule: 'looped' }, count, step);
        for (let frame = 0; frame < count; frame++)
          assert.ok(
            windows.some((window) => window.some((each, i) => each === frame && window[i + 1] === (frame + 1) % count)),
            `${frame}`,
          );
      }),
    ));

  it('weights are above 0, even from both ends, and as they are called', () => {
    assert.deepEqual(contextWeights({ weights: 'flat', overlap: 1 }, 4), [1, 1, 1, 1]);
    assert.deepEqual(contextWeights({ weights: 'pyramid', overlap: 1 }, 5), [1, 2, 3, 2, 1]);
    assert.deepEqual(contextWeights({ weights: 'pyramid', overlap: 1 }, 4), [1, 2, 2, 1]);
    assert.deepEqual(contextWeights({ weights: 'overlap-linear', overlap: 1 }, 4), [0.5, 1, 1, 0.5]);
    assert.deepEqual(contextWeights({ weights: 'delayed-reverse-sawtooth', overlap: 1 }, 4), [0.01, 2, 2, 1]);
    assert.deepEqual(contextWeights({ weights: 'delayed-reverse-sawtooth', overlap: 1 }, 5), [0.01, 0.01, 3, 2, 1]);
    fc.assert(
      fc.property(cases, ({ plan: any }) => {
        const weights = contextWeights(any, any.frames);
        assert.ok(weights.every((weight) => weight > 0));
        if (any.weights !== 'delayed-reverse-sawtooth') assert.deepEqual(weights, weights.toReversed());
      }),
    );
  });
});
