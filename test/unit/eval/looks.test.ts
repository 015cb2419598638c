import assert from 'node:assert/strict';
import { flatness, gradientEnergy, grown, scoreLooks, sharpness } from '../../../eval/looks.js';
import { createFrame, type Frame } from '../../../src/pipeline/core/index.js';

const SIDE = 32;

/** A frame of one gray level a pixel. */
function frame(level: (x: number, y: number) => number): Frame {
  const out = createFrame(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) out.data.fill(level(pixel % SIDE, Math.floor(pixel / SIDE)), 3 * pixel, 3 * pixel + 3);
  return out;
}

/** Black on the left, 240 on the right, the outline between them drawn over so many steps and moved right by some pixels. */
const outline = (steps: number, moved = 0) => frame((x) => (240 * Math.min(Math.max(x + 1 - SIDE / 2 - moved, 0), steps)) / steps);

describe('looks', () => {
  it('gradient energy is the mean squared difference of neighbours', () => {
    const pairs = 2 * SIDE * (SIDE - 1);
    assert.ok(Math.abs(gradientEnergy([outline(1)]) - (SIDE * 240 ** 2) / pairs) < 1e-9);
    assert.equal(gradientEnergy([frame(() => 100)]), 0);
  });

  it('an outline drawn over four times as many pixels is a quarter as sharp, wherever it is', () => {
    assert.equal(sharpness([outline(1)], [outline(1)]), 1);
    assert.ok(Math.abs(sharpness([outline(4)], [outline(1)]) - 1 / 4) < 1e-9);
    assert.equal(sharpness([outline(1, 5)], [outline(1)]), 1);
    assert.ok(Number.isNaN(sharpness([outline(1)], [frame(() => 7)])));
  });

  it('only what is inside the masks counts', () => {
    const around = new Uint8Array(SIDE * SIDE).map((_, pixel) => Number(pixel % SIDE >= SIDE / 2 - 1));
    const beside = new Uint8Array(SIDE * SIDE).map((_, pixel) => Number(pixel % SIDE >= SIDE / 2));
    assert.ok(gradientEnergy([outline(1)], [around]) > gradientEnergy([outline(1)]));
    assert.equal(gradientEnergy([outline(1)], [beside]), 0);
    assert.ok(Number.isNaN(gradientEnergy([outline(1)], [new Uint8Array(SIDE * SIDE)])));
  });

  it('a mask grows by its margin in rows and columns, not over the edge', () => {
    const corner = new Uint8Array(SIDE * SIDE);
    corner[0] = 1;
    const inside = [...grown(corner, SIDE, 2).entries()].filter(([, value]) => value).map(([pixel]) => pixel);
    assert.deepEqual(inside, [0, 1, 2, SIDE, SIDE + 1, SIDE + 2, 2 * SIDE, 2 * SIDE + 1, 2 * SIDE + 2]);
  });

  it('flatness is the deviation where the drawn clip is plain, and takes no outline for a blotch', () => {
    const drawn = [outline(1, 3)];
    assert.equal(flatness(drawn, drawn), 0);
    assert.equal(flatness([outline(1, -2)], drawn), 0, 'an outline at another place leaves as many flat blocks');
    const blotched = frame((x, y) => 100 + ((x + y) % 2 ? 4 : -4));
    assert.ok(Math.abs(flatness([blotched], drawn) - 4) < 1e-9);
    assert.ok(Number.isNaN(flatness(drawn, [frame((x) => 8 * x)])));
  });

  it('scores are medians of the clips, and flicker is the sum of their differences ÷ that of the drawn ones', () => {
    const still = [frame(() => 100), frame(() => 110)];
    const flickering = [frame(() => 100), frame(() => 130)];
    const soft = { made: [outline(4), outline(4, 1)], drawn: [outline(1), outline(1, 1)] };
    const { n, sharpness: sharp, flicker } = scoreLooks([soft, soft, { made: flickering, drawn: still }]);
    assert.equal(n, 3);
    assert.ok(Math.abs(sharp - 1 / 4) < 1e-9);
    const moved = 240 / SIDE;
    assert.ok(Math.abs(flicker - (2 * moved + 30) / (2 * moved + 10)) < 1e-9);
  });
});
