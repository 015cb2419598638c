import assert from 'node:assert/strict';
import path from 'node:path';
import { Generator } from '../../../../src/pipeline/core/generator.js';
import { ModelFolder } from '../../../../src/pipeline/networks/modelFolder.js';
import { TextEncoder } from '../../../../src/pipeline/networks/textEncoder.js';
import { weighEmbeddings } from '../../../../src/pipeline/networks/weighEmbeddings.js';
import type { Tensor } from '../../../../src/pipeline/core/tensor.js';

const rms = ({ data, size }: Tensor) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / size);
/** Embeddings of a mean, in parts of their deviation, as text encoders give them. */
const embeddings = (mean: number) => {
  const noise = new Generator(1).randn([1, 77, 64]);
  const own = noise.range().mean;
  return noise.map((value) => value - own + mean);
};
const weights = Array.from({ length: 77 }, (_, token) => (token === 2 ? 1.3 : token === 5 ? 0.7 : 1));

describe('embeddings of a weighted prompt', () => {
  it('get the mean back that they had, as A1111 does it, where they have one', () => {
    const plain = embeddings(-0.1);
    const weighed = weighEmbeddings(plain, weights);
    assert.ok(Math.abs(weighed.range().mean / plain.range().mean - 1) < 1e-5);
    // multipliers, then original_mean / new_mean
    const multiplied = plain.map((value, i) => value * weights[Math.floor(i / 64)]!);
    const scale = plain.range().mean / multiplied.range().mean;
    for (const [i, value] of weighed.data.entries())
      assert.ok(Math.abs(value - multiplied.data[i]! * scale) <= 1e-6 * Math.max(1, Math.abs(value)));
  });

  for (const mean of [0, 1e-9, 0.003, -0.003]) {
    it(`get their root mean square back where the mean is next to nothing: ${mean}`, () => {
      const plain = embeddings(mean);
      const weighed = weighEmbeddings(plain, weights);
      assert.ok(Math.abs(rms(weighed) / rms(plain) - 1) < 1e-5);
      const [heavy, light] = [2, 5].map((token) => weighed.data[token * 64]! / plain.data[token * 64]!);
      assert.ok(Math.abs(heavy! / light! - 1.3 / 0.7) < 1e-5);
    });
  }

  it('do so too where weighing alone takes the mean away', () => {
    const row = embeddings(0.1).data.slice(0, 64);
    const plain = embeddings(0).map((_, i) => row[i % 64]! + 0.1);
    const opposed = Array.from({ length: 77 }, (_, token) => (token === 0 ? 0 : token % 2 === 0 ? 1 : -1));
    assert.ok(Math.abs(plain.range().mean) > 0.05);
    assert.ok(Math.abs(rms(weighEmbeddings(plain, opposed)) / rms(plain) - 1) < 1e-5);
  });

  it('refuse weights that no one can mean', () => {
    for (const weight of [Infinity, NaN, 1e9])
      assert.throws(() => weighEmbeddings(embeddings(0), [weight, ...weights.slice(1)]), { code: 'FL_ARGUMENT' });
  });

  describe('of the model that comes along', () => {
    let encoder: TextEncoder;
    before(
      async () =>
        void (encoder = await TextEncoder.load(await ModelFolder.open(path.join(__dirname, '../../../../models/motion-stickers')), {
          threads: 1,
        })),
    );
    after(() => encoder.graph.release());
    for (const prompt of [
      'a (car:1.3)',
      '(panda:1.5)',
      '(car)',
      '(car:0.5)',
      'a (big:1.4) panda',
      'a [cat]',
      'a (cat:0)',
      '(a cat:-1)',
      '((((((car))))))',
    ]) {
      it(`stay of one size: ${prompt}`, async () => {
        const [weighed, plain] = [await encoder.encode(prompt), await encoder.encode(prompt.replaceAll(/[()[\]]|:-?[\d.]+/g, ''))];
        assert.ok(Math.abs(rms(weighed.embeddings) / rms(plain.embeddings) - 1) < 1e-3);
      });
    }
  });
});
