import assert from 'node:assert/strict';
import { Generator } from '../../src/pipeline/core/generator.js';
import type { Tensor } from '../../src/pipeline/core/tensor.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface NoiseIndex {
  long: { seed: string; values: Stored }[];
  shapes: { seed: string; values: Stored }[];
  sequences: { seed: string; values: Stored[] }[];
}

const TOLERANCE = 1e-6;

describe('noise: a seed gives what torch.Generator("cpu") gives', () => {
  const reference = new ReferenceFile<NoiseIndex>('noise');

  for (const { seed, values } of reference.index.long) {
    it(`the first 10,000 normals of seed ${seed}`, () => {
      const expected = reference.tensor(values);
      assert.equal(expected.size, 10_000);
      assertEqualNoise(new Generator(BigInt(seed)).randn(expected.dims), expected);
    });
  }

  for (const { seed, values } of reference.index.shapes) {
    const dims = reference.dims(values);
    it(`shape [${dims.join(', ')}] of seed ${seed}`, () => {
      assertEqualNoise(new Generator(BigInt(seed)).randn(dims), reference.tensor(values));
    });
  }

  for (const { seed, values } of reference.index.sequences) {
    const shapes = values.map((stored) => reference.dims(stored));
    it(`one after another from seed ${seed}: ${shapes.map((dims) => `[${dims.join(', ')}]`).join(' ')}`, () => {
      const generator = new Generator(BigInt(seed));
      for (const stored of values) assertEqualNoise(generator.randn(reference.dims(stored)), reference.tensor(stored));
    });
  }
});

function assertEqualNoise(actual: Tensor, expected: Tensor): void {
  assert.deepEqual([...actual.dims], [...expected.dims]);
  for (let i = 0; i < expected.size; i++) {
    const difference = Math.abs(actual.data[i]! - expected.data[i]!);
    assert.ok(difference <= TOLERANCE, `value ${i} is ${actual.data[i]} instead of ${expected.data[i]}`);
  }
}
