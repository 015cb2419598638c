import assert from 'node:assert/strict';
import { createFrame, type Frame, Tensor } from '../../../../src/pipeline/core/index.js';
import { ofSubject } from '../../../../src/pipeline/editing/editMask.js';

const SIDE = 32;
const PLACES = 4;

/** A red square in the middle of blue, and where it is. */
function square(): { pictures: Frame[]; map: Tensor } {
  const frame = createFrame(SIDE, SIDE);
  const map = Tensor.zeros([1, 1, SIDE, SIDE]);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const inside = x >= 8 && x < 24 && y >= 8 && y < 24;
      frame.data.set(inside ? [230, 30, 30] : [40, 80, 220], 3 * (y * SIDE + x));
      map.data[y * SIDE + x] = inside ? 1 : 0;
    }
  return { pictures: [frame], map };
}

/** A mask of the columns up to one. */
function columns(end: number): { latents: Tensor; pixels: Tensor } {
  const pixels = Tensor.zeros([1, 1, SIDE, SIDE]).map((_, i) => (i % SIDE < end ? 1 : 0));
  const latents = Tensor.zeros([1, 1, PLACES, PLACES]).map((_, i) => ((i % PLACES) * (SIDE / PLACES) < end ? 1 : 0));
  return { latents, pixels };
}

describe('what of a given mask is the subject', () => {
  it('of a region across a thing, not what lies around it', () => {
    const { pictures, map } = square();
    const { latents, pixels } = ofSubject(columns(16), map, pictures);
    const at = (x: number, y: number) => pixels.data[y * SIDE + x]!;
    assert.deepEqual([at(2, 16), at(4, 2), at(12, 16) > 0.9, at(20, 16)], [0, 0, true, 0]);
    assert.deepEqual([...latents.data], [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('a mask that marks hardly anything else stays as it is, and so where no subject is seen', () => {
    const { pictures, map } = square();
    const given = { latents: Tensor.zeros([1, 1, PLACES, PLACES]).map(() => 1), pixels: map };
    assert.equal(ofSubject(given, map, pictures), given);
    const loose = columns(16);
    assert.equal(ofSubject(loose, undefined, pictures), loose);
  });
});
