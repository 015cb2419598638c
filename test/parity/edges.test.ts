import assert from 'node:assert/strict';
import { cannyEdges } from '../../src/pipeline/diffusion/families/cannyEdges.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

describe('edges of pictures, for ControlNets', () => {
  const reference = new ReferenceFile<{ pictures: { title: string; picture: Stored; edges: Stored }[] }>('edges');
  for (const { title, picture, edges } of reference.index.pictures) {
    it(`are OpenCV's, pixel for pixel: ${title}`, () => {
      const [frame] = reference.frames(picture);
      const expected = reference.numbers(edges);
      const { data, width, height } = cannyEdges(frame!);
      assert.deepEqual([1, height, width], reference.dims(edges));
      assert.deepEqual(
        expected.map((_, i) => [...data.slice(3 * i, 3 * i + 3)]),
        expected.map((level) => [level, level, level]),
      );
    });
  }

  it('weak edges count where they touch strong ones, and a picture of one colour has none', () => {
    const [frame] = reference.frames(reference.index.pictures[1]!.picture);
    const count = (low: number, high: number) => cannyEdges(frame!, { low, high }).data.filter((level) => level > 0).length;
    assert.ok(
      count(200, 200) < count(100, 200) && count(100, 200) < count(100, 100),
      `${[count(200, 200), count(100, 200), count(100, 100)].join(', ')}`,
    );
    const [disc, blotches, flat] = reference.index.pictures.map(
      ({ edges }) => reference.numbers(edges).filter((level) => level > 0).length,
    );
    assert.ok(disc! > 50 && blotches! > 50, `${disc} and ${blotches} pixels`);
    assert.equal(flat, 0);
  });
});
