import assert from 'node:assert/strict';
import { rescaleGuidance } from '../../src/pipeline/diffusion/guidance.js';
import type { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Generator } from '../../src/pipeline/core/generator.js';
import { weightedSum } from '../../src/pipeline/core/weightedSum.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel, loadTinyMotionModel } from './tinyModels.js';

interface Calls {
  sample: Stored;
  embeddings: Stored;
  calls: { timestep: number; output: Stored }[];
}

interface PartsIndex {
  text: { prompt: string; embeddings: Stored }[];
  /** `mean` and `sample` are scaled for the UNet; `logvar` is not. */
  vae: { frames: Stored; mean: Stored; logvar: Stored; seed: number; sample: Stored; decoded: Stored };
  unet: Calls & { wide: { sample: Stored; timestep: number; output: Stored } };
  motion_unet: Calls;
  guidance: { scale: number; rescale: number; unconditional: Stored; conditional: Stored; value: Stored }[];
}

describe('parts of a model: each agrees with PyTorch', () => {
  const reference = new ReferenceFile<PartsIndex>('parts');
  const { text, vae, unet, motion_unet: motionUnet, guidance } = reference.index;
  let model: LatentDiffusionModel;
  let motion: LatentDiffusionModel;

  before(async () => {
    model = await loadTinyModel('tiny-sd');
    motion = await loadTinyMotionModel();
  });

  after(async () => {
    await model.release();
    await motion.release();
  });

  for (const { prompt, embeddings } of text) {
    it(`text embeddings of ${JSON.stringify(prompt.slice(0, 50))}`, async () => {
      assertClose((await model.textEncoder.encode(prompt)).embeddings, reference.tensor(embeddings), 'embeddings');
    });
  }

  it("VAE: the posterior's mean", async () => {
    assertClose(await model.vae.encode(reference.frames(vae.frames)), reference.tensor(vae.mean), 'latents');
  });

  it('VAE: a sample of the posterior, from a seed', async () => {
    const latents = await model.vae.encode(reference.frames(vae.frames), new Generator(vae.seed));
    assertClose(latents, reference.tensor(vae.sample), 'latents');
  });

  it('VAE: latents back to pixels', async () => {
    assertClosePixels(await model.vae.decode(reference.tensor(vae.sample)), reference.frames(vae.decoded), 'pixels');
  });

  for (const { timestep, output } of unet.calls) {
    it(`UNet at timestep ${timestep}`, async () => {
      const conditioning = { embeddings: reference.tensor(unet.embeddings), guidanceScale: 1 };
      assertClose(await model.unet.predict(reference.tensor(unet.sample), timestep, conditioning), reference.tensor(output), 'prediction');
    });
  }

  it('UNet at another size than it was trained on', async () => {
    const conditioning = { embeddings: reference.tensor(unet.embeddings), guidanceScale: 1 };
    const { sample, timestep, output } = unet.wide;
    assertClose(await model.unet.predict(reference.tensor(sample), timestep, conditioning), reference.tensor(output), 'prediction');
  });

  for (const { timestep, output } of motionUnet.calls) {
    it(`motion UNet at timestep ${timestep}`, async () => {
      assert.ok(motion.unet.hasMotion);
      const conditioning = { embeddings: reference.tensor(motionUnet.embeddings), guidanceScale: 1 };
      assertClose(
        await motion.unet.predict(reference.tensor(motionUnet.sample), timestep, conditioning),
        reference.tensor(output),
        'prediction',
      );
    });
  }

  for (const { scale, rescale, unconditional, conditional, value } of guidance) {
    it(`guidance ${scale}, rescaled by ${rescale}`, () => {
      const positive = reference.tensor(conditional);
      const guided = weightedSum([scale, positive], [1 - scale, reference.tensor(unconditional)]);
      assertClose(rescale === 0 ? guided : rescaleGuidance(guided, positive, rescale, true), reference.tensor(value), 'guided prediction');
    });
  }
});
