import assert from 'node:assert/strict';
import fc from 'fast-check';
import { paceOf } from '../../../../src/pipeline/video/pace.js';

const grid = (fps: number, count: number, round = (time: number): number => time): number[] =>
  Array.from({ length: count }, (_, frame) => round(frame / fps));

describe('the pace of a clip', () => {
  it('is the whole rate that a coarse clock blurs', () => {
    const hundredths = grid(15, 30, (time) => Math.round(time * 100) / 100);
    assert.deepEqual(paceOf({ times: hundredths, end: 2 }, ['100/7', '100/7'], 0.01), {
      rate: { num: 15, den: 1 },
      variable: false,
      count: 30,
    });
  });

  it('is the container’s where its clock counts frames', () => {
    assert.deepEqual(paceOf({ times: grid(10, 16), end: 1.6 }, ['10/1', '10/1'], 0.1), {
      rate: { num: 10, den: 1 },
      variable: false,
      count: 16,
    });
  });

  it('of a single picture is not that of a broken clock', () => {
    const one = (end: number, ...named: string[]) => paceOf({ times: [0], end }, named, 0.001).rate;
    assert.deepEqual(one(0.125, '100000/1', '100000/1'), { num: 8, den: 1 });
    assert.deepEqual(one(60, '1/60'), { num: 1, den: 60 });
    assert.deepEqual(one(209715.2, '5/1048576', '5/1048576'), { num: 25, den: 1 });
  });

  it('stays the nominal one where frames are left out, each of the others at its own place', () => {
    for (const [fps, gone] of [
      [10, [1]],
      [25, [20]],
      [30000 / 1001, [20, 21, 40]],
      [60, [1, 30, 57]],
    ] as const) {
      for (const tick of [1 / 90000, 1 / 1000]) {
        const kept = Array.from({ length: 60 }, (_, frame) => frame).filter((frame) => !(gone as readonly number[]).includes(frame));
        const times = kept.map((frame) => Math.round(frame / fps / tick) * tick);
        const pace = paceOf(
          { times, end: 60 / fps },
          ['1000/1', `${Math.round(kept.length * 1000)}/${Math.round((60 / fps) * 1000)}`],
          tick,
        );
        assert.ok(pace.variable && Math.abs(pace.rate.num / pace.rate.den - fps) < 1e-6, JSON.stringify(pace.rate));
        assert.deepEqual([pace.count, pace.slots], [60, kept]);
      }
    }
  });

  it('holds the last frame as long as the file does', () => {
    const pace = paceOf({ times: grid(10, 6), end: 3.5 }, ['12/7'], 0.01);
    assert.deepEqual([pace.rate, pace.count, pace.slots], [{ num: 10, den: 1 }, 35, [0, 1, 2, 3, 4, 5]]);
  });

  it('gives every frame of any clip a place of its own, in order, near its time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.004, max: 0.3, noNaN: true }), { minLength: 2, maxLength: 80 }), (steps) => {
        const times = steps.reduce((all, step) => [...all, (all.at(-1) ?? 0) + step], [0]);
        const { rate, slots, count } = paceOf({ times, end: (times.at(-1) ?? 0) + 0.04 }, [], 0.001);
        const places = slots ?? times.map((_, index) => index);
        const fps = rate.num / rate.den;
        assert.equal(new Set(places).size, times.length);
        assert.ok(places.every((slot, index) => (index === 0 || slot > (places[index - 1] ?? 0)) && slot < count));
        assert.ok(
          places.every((slot, index) => Math.abs(slot / fps - (times[index] ?? 0)) <= Math.max(0.05, 1.26 / fps)),
          `${fps}`,
        );
      }),
      { numRuns: 300 },
    );
  });
});
