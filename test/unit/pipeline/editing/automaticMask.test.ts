import assert from 'node:assert/strict';
import { createFrame, type Frame } from '../../../../src/index.js';
import { Tensor } from '../../../../src/pipeline/core/index.js';
import { seedOfChange, seedOfOutline, seedOfThreshold } from '../../../../src/pipeline/editing/maskSeed.js';
import { refineMask } from '../../../../src/pipeline/editing/refineMask.js';

const FRAMES = 3;
const SIDE = 64;
const PLACES = 8;

/** Whether a pixel belongs to a thing of two colours that moves to the right: a disc with a hole's worth of another colour in the middle. */
const isThing = (frame: number, x: number, y: number) => Math.hypot(x - 26 - 4 * frame, y - 34) < 14;
const isMiddle = (frame: number, x: number, y: number) => Math.hypot(x - 26 - 4 * frame, y - 34) < 5;

/** The thing before stripes of two colours. */
function drawn(): Frame[] {
  return Array.from({ length: FRAMES }, (_, frame) => {
    const picture = createFrame(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      const thing = isMiddle(frame, x, y) ? [250, 240, 60] : [210, 40, 30];
      const around = Math.floor(x / 6) % 2 === 0 ? [60, 120, 220] : [230, 230, 240];
      picture.data.set(isThing(frame, x, y) ? thing : around, 3 * i);
    }
    return picture;
  });
}

/** A map of latents: a value for places whose middle is the thing's, and one for the others; a little is spilt over to the right. */
function mapOf(inside: number, outside: number, spilt = 2): Tensor {
  const map = Tensor.zeros([FRAMES, 1, PLACES, PLACES]);
  const each = SIDE / PLACES;
  for (let i = 0; i < map.size; i++) {
    const [frame, y, x] = [Math.floor(i / PLACES ** 2), Math.floor(i / PLACES) % PLACES, i % PLACES];
    const at = (reach: number) => isThing(frame, (x + 0.5) * each - reach, (y + 0.5) * each);
    map.data[i] = at(0) || at(spilt) ? inside : outside;
  }
  return map;
}

/** Intersection over union with what is drawn. */
function overlap(mask: Tensor, isInside = isThing): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < mask.size; i++) {
    const [frame, y, x] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
    const [found, wanted] = [mask.data[i]! >= 0.5, isInside(frame, x, y)];
    if (found && wanted) both++;
    if (found || wanted) either++;
  }
  return both / either;
}

describe('the automatic mask: rough maps, and the colours of the pictures', () => {
  const pictures = drawn();

  it('a map of places eight pixels wide becomes the outline of a thing of two colours', () => {
    const refined = refineMask(seedOfChange({ change: mapOf(2, 0.1) }), pictures);
    assert.deepEqual(refined.dims, [FRAMES, 1, SIDE, SIDE]);
    assert.ok(overlap(refined) > 0.95, `intersection over union ${overlap(refined)}`);
  });

  it('of a clear map and a blurred one that says the opposite, the clear one decides', () => {
    const blurred = mapOf(0.9, 1).map((value, i) => value + 0.2 * Math.sin(17 * i));
    assert.ok(overlap(refineMask(seedOfChange({ change: mapOf(2, 0.1), attention: blurred }), pictures)) > 0.9);
    assert.ok(overlap(refineMask(seedOfChange({ change: blurred, attention: mapOf(2, 0.1) }), pictures)) > 0.9);
  });

  it('where the surroundings change, all but the thing is inside, however unlike the changes are', () => {
    const change = mapOf(0.05, 1).map((value, i) => value * (i % PLACES < 3 ? 4 : 1));
    const around = (frame: number, x: number, y: number) => !isThing(frame, x, y);
    for (const maps of [{ change, attention: mapOf(0.4, 1) }, { change: mapOf(0.05, 1) }])
      assert.ok(overlap(refineMask(seedOfChange(maps), pictures), around) > 0.95);
  });

  it('an outline that was seen moves onto the picture’s; with fewer pictures than frames the last one stands for the rest', () => {
    const seen = Tensor.zeros([FRAMES, 1, SIDE, SIDE]);
    for (let i = 0; i < seen.size; i++)
      seen.data[i] = isThing(Math.floor(i / SIDE ** 2), (i % SIDE) + 2, Math.floor(i / SIDE) % SIDE) ? 0.9 : 0.02;
    assert.ok(overlap(seen) < 0.9);
    assert.ok(overlap(refineMask(seedOfOutline(seen), pictures)) > 0.97);
    const short = refineMask(seedOfOutline(seen), pictures.slice(0, 2));
    assert.deepEqual(short.slice(2, 3).data, short.slice(1, 2).data);
  });

  it('nothing marked is an empty mask, all marked a full one, and a share of the largest cuts where it says', () => {
    const all = Tensor.zeros([FRAMES, 1, PLACES, PLACES]);
    assert.equal(refineMask(seedOfChange({ change: all }), pictures).range().max < 0.5, true);
    assert.equal(
      refineMask(
        seedOfThreshold(
          all.map(() => 1),
          0.4,
        ),
        pictures,
      ).range().min >= 0.5,
      true,
    );
    assert.ok(overlap(refineMask(seedOfThreshold(mapOf(1, 0.3), 0.5), pictures)) > 0.95);
    assert.equal(refineMask(seedOfThreshold(mapOf(1, 0.3), 0.2), pictures).range().min >= 0.5, true);
  });
});
