import assert from 'node:assert/strict';
import { number } from '../../../../../src/pipeline/core/index.js';
import {
  type NumberSchedule,
  numberScheduleCheck,
  numbersOf,
  type ScheduledClip,
} from '../../../../../src/pipeline/diffusion/keyframes/index.js';

const clip: ScheduledClip = { frameCount: 9, fps: 8 };
const numbers = (schedule: NumberSchedule, of: ScheduledClip = clip) => numbersOf('strength', schedule, of, [0, 1]);
const near = (given: readonly number[], wanted: readonly number[]) => {
  assert.equal(given.length, wanted.length);
  given.forEach((each, i) => assert.ok(Math.abs(each - wanted[i]!) < 1e-12, `frame ${i}: ${each}, not ${wanted[i]!}`));
};

describe('numbers over the frames of a clip', () => {
  it('go evenly from number to number, and the last stays', async () => {
    near(await numbers({ 0: 0.2, 4: '0.6', 6: 0.5 }), [0.2, 0.3, 0.4, 0.5, 0.6, 0.55, 0.5, 0.5, 0.5]);
    near(await numbers({ 6: 0.5, 0: '1/2' }), Array(9).fill(0.5));
  });

  it('follow a formula up to the next keyframe, and go evenly to where a formula begins', async () => {
    near(
      await numbers('t/8'),
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((t) => t / 8),
    );
    near(await numbers({ 0: 't/8', 3: 0, 5: 'seconds' }), [0, 1 / 8, 2 / 8, 0, 5 / 16, 5 / 8, 6 / 8, 7 / 8, 1]);
  });

  it('follow the loudness and the onsets of the clip, which are asked for only where they are named', async () => {
    let asked = 0;
    const heard: ScheduledClip = {
      ...clip,
      loudness: () => (asked++, Promise.resolve([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])),
      onsets: () => Promise.resolve([1, 0, 0, 0, 1, 0, 0, 0, 0]),
    };
    near(await numbers('loudness + 0.1*onset', heard), [0.1, 0.1, 0.2, 0.3, 0.5, 0.5, 0.6, 0.7, 0.8]);
    await numbers('0.5*onset', heard);
    assert.equal(asked, 1);
    await assert.rejects(numbers('loudness'), /strength is "loudness", but it must be without loudness: there is no clip with sound/);
  });

  it('are refused where they are out of range or not finite, with the frame', async () => {
    await assert.rejects(numbers('t/4'), /strength must be numbers from 0 to 1, but at frame 5 it is 1.25/);
    await assert.rejects(numbers('1/(t - 2)'), /at frame 0 it is -0.5/);
    await assert.rejects(numbers('0*log(t - 3)'), /at frame 0 it is NaN, no finite number/);
    await assert.rejects(numbers({ 0: 0, 9: 1 }), /of frames 0 to 8: the clip has 9/);
    await assert.rejects(numbers('t', { frameCount: undefined, fps: 8 }), /nobody knows how many frames/);
  });

  it('are held against their range, and formulas read, before there is a clip', () => {
    const check = numberScheduleCheck(number(0, 1), [0, 1]);
    const wrong = (value: unknown) => check(value, 'strength') ?? '';
    for (const fine of [0.5, 't', { 0: 0.5 }, { 0: '0.5', 3: 'loudness' }]) assert.equal(wrong(fine), '');
    assert.match(wrong(2), /a number from 0 to 1, or a schedule of such/);
    assert.match(wrong('1.5'), /it is 1.5$/);
    assert.match(wrong('0.5 +'), /it cannot be read: column 6, its end/);
    assert.match(wrong({ 4: 0.5 }), /what holds before frame 4 is missing/);
    assert.match(wrong({}), /is missing/);
    assert.match(wrong({ 0: 0.5, '1.5': 1 }), /"1.5" is no frame/);
    assert.match(wrong({ 0: 0.5, 3: 7 }), /frame 3 is 7/);
    assert.match(wrong({ 0: null }), /frame 0 has neither a number nor a formula/);
    assert.match(wrong([0.5]), /numbers from 0 to 1 by frames/);
    assert.match(wrong(NaN), /a number from 0 to 1/);
  });
});
