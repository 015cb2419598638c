import assert from 'node:assert/strict';
import path from 'node:path';
import { combine } from '../../../../src/pipeline/diffusion/guidance.js';
import { DDIMScheduler, type GenerateVideoOptions, LatentDiffusionModel, type Tensor } from '../../../../src/index.js';
import { Generator } from '../../../../src/pipeline/core/generator.js';

describe('values that are not finite are laid at the door of the stage that made them', () => {
  let model: LatentDiffusionModel;
  before(
    async () => void (model = await LatentDiffusionModel.fromPretrained(path.join(__dirname, '../../../parity/tiny-sd'), { threads: 1 })),
  );
  after(() => model.release());
  const generate = (options: GenerateVideoOptions) =>
    model.generateVideo('a star', { numFrames: 1, numInferenceSteps: 3, seed: 1, onNotice: () => {}, ...options });
  const broken = (like: Tensor) => like.map((value, i) => (i === 3 ? NaN : value));

  it('the scheduler', () =>
    assert.rejects(
      generate({
        scheduler: new DDIMScheduler({
          rescaleBetasZeroSnr: true,
          predictionType: 'epsilon',
          timestepSpacing: 'trailing',
          clipSample: false,
        }),
      }),
      {
        code: 'FL_SCHEDULER_NOT_FINITE',
        message: /DDIMScheduler.*timestep 999.*the model is not to blame/,
      },
    ));

  it('the callback', () =>
    assert.rejects(generate({ callbackOnStepEnd: ({ latents }) => ({ latents: broken(latents) }) }), {
      code: 'FL_CALLBACK_LATENTS',
      message: /1 of \d+ values are NaN/,
    }));

  it('guidance', () => {
    const flat = new Generator(1).randn([1, 4, 8, 8]).map(() => 1);
    assert.throws(() => combine([flat, flat.map((value) => -value)], [1e39, 1 - 1e39], 0, true), {
      code: 'FL_GUIDANCE_NOT_FINITE',
      message: /guidanceScale 1e\+39/,
    });
    assert.throws(() => combine([flat, flat], [2, -1], 0.7, true), {
      code: 'FL_GUIDANCE_NOT_FINITE',
      message: /guidanceRescale 0\.7/,
    });
  });

  it('whoever fed a network with them', async () => {
    const latents = broken(new Generator(1).randn(model.latentDims(1, { width: 64, height: 64 })));
    const { embeddings } = await model.textEncoder.encode('a star');
    for (const call of [() => model.unet.predict(latents, 500, { embeddings, guidanceScale: 1 }), () => model.vae.decode(latents)]) {
      await assert.rejects(call(), { code: 'FL_MODEL_NOT_FINITE', message: /What it was given is not finite either/ });
    }
  });
});
