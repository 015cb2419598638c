import assert from 'node:assert/strict';
import { createFrame } from '../../../../src/pipeline/core/index.js';
import { LanczosScaler } from '../../../../src/pipeline/video/index.js';

/** A picture of one row whose pixels are gray. */
function row(...levels: readonly number[]) {
  const frame = createFrame(levels.length, 1);
  levels.forEach((level, x) => frame.data.fill(level, 3 * x, 3 * x + 3));
  return frame;
}
const whole = { from: 0, step: 1 };
const levelsOf = ({ data }: { data: Uint8Array }) => [...data].filter((_, i) => i % 3 === 0);

describe('Lanczos scaling', () => {
  it('leaves a picture as it is at its own size, and takes any part of it', () => {
    const levels = [10, 200, 30, 90, 255, 0, 77, 140];
    const size = { width: 8, height: 1 };
    assert.deepEqual(levelsOf(new LanczosScaler(size, size, whole, whole).scale(row(...levels))), levels);
    const part = new LanczosScaler(size, { width: 3, height: 1 }, { from: 2, step: 1 }, whole);
    assert.deepEqual(levelsOf(part.scale(row(...levels))), [30, 90, 255]);
  });

  it('keeps a plain picture plain, also at its edges', () => {
    const scaler = new LanczosScaler(
      { width: 8, height: 1 },
      { width: 27, height: 5 },
      { from: 0, step: 8 / 27 },
      { from: 0, step: 1 / 5 },
    );
    assert.ok(levelsOf(scaler.scale(row(...Array<number>(8).fill(93)))).every((level) => level === 93));
  });

  it('weighs by sinc(x) · sinc(x / 3)', () => {
    const impulse = row(0, 0, 0, 0, 100, 0, 0, 0, 0);
    const scaler = new LanczosScaler({ width: 9, height: 1 }, { width: 18, height: 1 }, { from: 0, step: 0.5 }, whole);
    const weight = (d: number) => (Math.abs(d) >= 3 ? 0 : (3 * Math.sin(Math.PI * d) * Math.sin((Math.PI * d) / 3)) / (Math.PI * d) ** 2);
    const wanted = Array.from({ length: 18 }, (_, at) => {
      const middle = (at + 0.5) / 2 - 0.5;
      const sum = Array.from({ length: 9 }, (_, i) => weight(i - middle)).reduce((a, b) => a + b);
      return Math.min(255, Math.max(0, Math.floor((100 * weight(4 - middle)) / sum + 0.5)));
    });
    assert.deepEqual(levelsOf(scaler.scale(impulse)), wanted);
  });

  it('takes means where it shrinks', () => {
    const stripes = row(...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0 : 200)));
    const scaler = new LanczosScaler({ width: 40, height: 1 }, { width: 10, height: 1 }, { from: 0, step: 4 }, whole);
    for (const level of levelsOf(scaler.scale(stripes)).slice(1, -1)) assert.ok(Math.abs(level - 100) <= 6, String(level));
  });
});
