import assert from 'node:assert/strict';
import { AbortError, Tensor } from '../../../../src/pipeline/core/index.js';
import { matrixFor, previewsOf } from '../../../../src/pipeline/networks/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/index.js';
import { checkpoint } from '../../../parity/checkpointFolder.js';

describe('Pictures of latents that are shown while a run goes on', () => {
  it('are left after the decoder call at hand when the run is interrupted, and not tried another way', async () => {
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    const abort = new AbortController();
    const { decode } = previewsOf(model, abort.signal);
    const latents = Tensor.zeros([3, model.vae.latentChannels, 4, 4]);
    assert.equal((await decode(latents)).dims[0], 3);
    const compute = model.vae.decoder.compute.bind(model.vae.decoder);
    let calls = 0;
    model.vae.decoder.compute = (...given) => {
      if (++calls === 2) abort.abort();
      return compute(...given);
    };
    await assert.rejects(matrixFor({ model, latents, decode }), AbortError);
    assert.equal(calls, 2, 'of four');
    const { decode: again } = previewsOf(model, undefined);
    assert.equal((await matrixFor({ model, latents, decode: again })).channels, model.vae.latentChannels, 'the next run learns it');
  });
});
