import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clockText, steadyClock, unevenClock } from '../../../../src/webview/player/frameClock.js';

describe('frame clock', () => {
  const rates = fc.constantFrom(1, 8, 10, 12.5, 24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60, 120);

  it('finds each frame again where it seeks, whatever the rate and offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        rates,
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (frames, fps, offset, share) => {
          const clock = steadyClock(frames, fps, offset);
          const frame = Math.floor(share * frames);
          assert.equal(clock.frameAt(clock.seekTime(frame)), frame);
        },
      ),
    );
  });

  it('reads timestamps that the container rounded to milliseconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9999 }),
        rates.filter((fps) => fps <= 120),
        (frame, fps) => {
          const clock = steadyClock(10_000, fps);
          assert.equal(clock.frameStamped(Math.round((frame / fps) * 1000) / 1000), frame);
          assert.equal(clock.frameAt(Math.round((frame / fps) * 1000) / 1000), frame);
        },
      ),
    );
  });

  it('stays inside the clip', () => {
    const clock = steadyClock(16, 8);
    assert.equal(clock.frameAt(-3), 0);
    assert.equal(clock.frameAt(99), 15);
    assert.equal(clock.seekTime(99), 15.5 / 8);
    assert.equal(steadyClock(0, 8).frames, 1);
  });

  it('follows frames that stand unevenly', () => {
    const clock = unevenClock([0, 0.1, 0.5, 0.55], 1, 2);
    assert.deepEqual(
      [0, 1, 2, 3].map((frame) => clock.frameAt(clock.seekTime(frame))),
      [0, 1, 2, 3],
    );
    assert.equal(clock.frameAt(2.3), 1);
    assert.equal(clock.frameStamped(2.499), 2);
    assert.equal(clock.frameStamped(2.11), 1);
    assert.equal(clock.duration, 1);
  });

  it('writes times as people read them', () => {
    assert.equal(clockText(0), '0:00.000');
    assert.equal(clockText(3.25), '0:03.250');
    assert.equal(clockText(61.9996), '1:02.000');
    assert.equal(clockText(3723.25), '1:02:03.250');
  });
});
