import assert from 'node:assert/strict';
import { drawLatents, fitLatentPreview, probeLatents } from '../../src/pipeline/networks/latentPreview.js';
import { Tensor } from '../../src/pipeline/core/tensor.js';

describe('Latent preview', () => {
  it('finds the matrix of a decoder that is linear, and draws with it', () => {
    const weights = [0.3, -0.2, 0.1, 0.05, 0.1, -0.1, 0.4, 0, 0.2, -0.3, -0.1, 0.3, 0.25, 0.1, -0.05];
    const latents = probeLatents(4, 4, 8, 8);
    // Each latent place becomes 2 × 2 pixels.
    const pictures = Tensor.zeros([4, 3, 16, 16]).map((_, i) => {
      const [x, y, colour, frame] = [i % 16, Math.floor(i / 16) % 16, Math.floor(i / 256) % 3, Math.floor(i / 768)];
      const at = (channel: number): number => latents.data[((frame * 4 + channel) * 8 + (y >> 1)) * 8 + (x >> 1)]!;
      return [0, 1, 2, 3].reduce((sum, channel) => sum + weights[colour * 5 + channel]! * at(channel), weights[colour * 5 + 4]!);
    });
    const matrix = fitLatentPreview(latents, pictures);
    matrix.weights.forEach((weight, i) => assert.ok(Math.abs(weight - weights[i]!) < 0.01, `weight ${i} is ${weight}, not ${weights[i]}`));
    const [frame] = drawLatents(matrix, Tensor.zeros([1, 4, 8, 8]));
    assert.deepEqual(
      [...frame!.data.subarray(0, 3)],
      [0.1, -0.3, -0.05].map((value) => Math.round((value + 1) * 127.5)),
    );
    assert.deepEqual([frame!.width, frame!.height], [8, 8]);
  });

  it('stays finite where the probes say nothing', () => {
    const matrix = fitLatentPreview(Tensor.zeros([1, 4, 2, 2]), Tensor.zeros([1, 3, 16, 16]));
    assert.ok(matrix.weights.every(Number.isFinite));
  });
});
