import { readFileSync } from 'node:fs';
import { Tensor } from '../../../src/pipeline/core/index.js';
import { editingMethods, workOfMethod } from '../../../src/pipeline/editing/index.js';
import { GridUNet } from '../../../src/pipeline/editing/gridUNet.js';
import { crossFrame } from '../../../src/pipeline/networks/index.js';
import { LatentDiffusionModel } from '../../../src/pipeline/pipelines/latentDiffusionModel.js';

/** Bytes of memory that are this process' own. */
const own = () => 1000 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

/** Most of them so far. */
const most = () => 1000 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

/** Predicts for a clip once as a method does, and says how much memory that took beside what was told. */
async function predictOnce([folder, how]: readonly string[]): Promise<void> {
  const model = await LatentDiffusionModel.fromPretrained(folder!, { threads: 1, memory: 'least' });
  const [width, height, frames] = [256, 256, 8];
  const method = how === 'rave' || how === 'pix2video' ? editingMethods[how] : editingMethods.sdedit;
  const work = workOfMethod(method, model, { gridSize: 2 }, { width, height });
  const { loadedBytes, callBytes } = model.needsOf({ width, height, frames, ...work }).parts.find(({ part }) => part === 'unet')!;
  const latents = Tensor.zeros([frames, 4, height / model.vae.scaleFactor, width / model.vae.scaleFactor]);
  const { embeddings } = await model.textEncoder.encode('a balloon', []);
  const rewrites = how === 'pix2video' ? [crossFrame(model.unet, ['first', 'previous'])] : [];
  const unet = how === 'rave' ? new GridUNet(model.unet, 2) : model.unet;
  if (unet instanceof GridUNet) unet.shuffle(Array.from({ length: frames }, (_, frame) => frame));
  const before = own();
  const high = most();
  await unet.predict(latents, 500, { embeddings, guidanceScale: 1, rewrites });
  console.log(JSON.stringify({ told: loadedBytes + callBytes, taken: Math.max(own() - before, most() - high) }));
  await model.release();
}

void predictOnce(process.argv.slice(2));
