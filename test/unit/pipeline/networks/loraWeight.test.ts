import assert from 'node:assert/strict';
import { loraWeightsCheck, weightAt } from '../../../../src/pipeline/networks/loraWeight.js';

describe('weights of LoRAs over the steps', () => {
  it('a number holds throughout, points are joined by lines and level outside, a function is asked', () => {
    assert.equal(weightAt(0.5, 700), 0.5);
    const points = [
      [800, 1],
      [400, 0],
    ] as const;
    assert.deepEqual(
      [999, 800, 600, 500, 400, 0].map((timestep) => weightAt(points, timestep)),
      [1, 1, 0.5, 0.25, 0, 0],
    );
    assert.equal(
      weightAt((timestep) => timestep / 100, 250),
      2.5,
    );
  });

  it('two points at one timestep are a step', () => {
    const points = [
      [999, 1],
      [500, 1],
      [500, 0],
      [0, 0],
    ] as const;
    for (const given of [points, [...points].reverse()])
      assert.deepEqual(
        [0, 499, 501, 999].map((timestep) => weightAt(given, timestep)),
        [0, 0, 1, 1],
      );
  });

  it('what is no weight is refused', () => {
    assert.throws(() => weightAt(() => Infinity, 1), { code: 'FL_ARGUMENT' });
    for (const given of [null, [], { a: '1' }, { a: 11 }, { a: [] }, { a: [[1]] }, { a: [[NaN, 1]] }, { a: [['0', 1]] }])
      assert.equal(typeof loraWeightsCheck(given, 'loraWeights'), 'string', JSON.stringify(given));
    for (const given of [{}, { a: 1 }, { a: -10 }, { a: [[0, 1]] }, { a: () => 1 }])
      assert.equal(loraWeightsCheck(given, 'loraWeights'), undefined);
  });
});
