import { readFileSync } from 'node:fs';
import { Tensor } from '../../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint } from '../../parity/checkpointFolder.js';

/** Bytes of memory that are this process' own. */
const own = () => 1000 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

/** Decodes a large picture once, and says how much memory that took beside what was told. */
async function decodeOnce(): Promise<void> {
  const model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
  const [width, height] = [1536, 1024];
  const { parts } = model.needsOf({ width, height, frames: 1 });
  const { loadedBytes, callBytes } = parts.find(({ part }) => part === 'vae_decoder')!;
  const latents = Tensor.zeros([1, model.vae.latentChannels, height / model.vae.scaleFactor, width / model.vae.scaleFactor]);
  const before = own();
  const outputs = await model.vae.decoder.run({ latent_sample: latents });
  const taken = own() - before - Object.values(outputs).reduce((sum, { size }) => sum + 4 * size, 0);
  console.log(JSON.stringify({ told: loadedBytes + callBytes, taken }));
  await model.release();
}

void decodeOnce();
