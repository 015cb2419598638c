import assert from 'node:assert/strict';
import { paceOf } from '../../../src/pipeline/video/frameTimes.js';

const grid = (fps: number, count: number, round = (time: number): number => time): number[] => Array.from({ length: count }, (_, frame) => round(frame / fps));

describe('the pace of a clip', () => {
  it('is the whole rate that a coarse clock blurs', () => {
    const hundredths = grid(15, 30, (time) => Math.round(time * 100) / 100);
    assert.deepEqual(paceOf({ times: hundredths, end: 2 }, ['100/7', '100/7'], 0.01), { rate: { num: 15, den: 1 }, variable: false });
  });

  it('is the container’s where its clock counts frames', () => {
    assert.deepEqual(paceOf({ times: grid(10, 16), end: 1.6 }, ['10/1', '10/1'], 0.1), { rate: { num: 10, den: 1 }, variable: false });
  });

  it('is uneven where such a clock leaves a frame out, and not a slower even one', () => {
    const times = grid(10, 17).filter((_, frame) => frame !== 1);
    const { rate, variable } = paceOf({ times, end: 1.7 }, ['10/1', '10/1'], 0.1);
    assert.ok(variable);
    assert.ok(Math.abs(rate.num / rate.den - 16 / 1.7) < 0.001, JSON.stringify(rate));
  });
});
