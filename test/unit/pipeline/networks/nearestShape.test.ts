import assert from 'node:assert/strict';
import fc from 'fast-check';
import { croppedShare, nearestShape } from '../../../../src/pipeline/networks/nearestShape.js';

describe('the size that a clip is worked on at', () => {
  const at = (width: number, height: number, side: number, multiple: number) => {
    const size = nearestShape({ width, height }, side * side, multiple);
    return `${size.width} × ${size.height}`;
  };

  it('has the shape of the clip where the grid has it', () => {
    assert.equal(at(640, 480, 128, 32), '128 × 96');
    assert.equal(at(480, 640, 128, 32), '96 × 128');
    assert.equal(at(256, 256, 128, 32), '128 × 128');
    assert.equal(at(1920, 1080, 512, 8), '696 × 392');
    assert.equal(at(1080, 1920, 512, 64), '384 × 704');
    assert.equal(at(2520, 1080, 128, 32), '224 × 96');
    assert.equal(at(16, 16, 512, 64), '512 × 512');
  });

  it('cuts off little of any shape between 1:4 and 4:1, on the grid, with about the pixels that the model knows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        fc.constantFrom([128, 32], [256, 32], [512, 64], [512, 8]),
        (aspect, [side, multiple]) => {
          const picture = { width: 1000 * aspect, height: 1000 };
          const size = nearestShape(picture, side! * side!, multiple!);
          assert.equal((size.width % multiple!) + (size.height % multiple!), 0);
          const pixels = (size.width * size.height) / (side! * side!);
          assert.ok(pixels >= 0.5 && pixels <= 1.4, `${pixels} of the pixels`);
          // A grid of 4 × 4 has few shapes.
          assert.ok(
            croppedShare(picture, size) < (side === 128 ? 0.17 : 0.09),
            `${croppedShare(picture, size)} of ${aspect} cut off by ${size.width} × ${size.height}`,
          );
        },
      ),
    );
  });
});
