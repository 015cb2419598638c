import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layLora } from '../../src/pipeline/checkpoints/layLora.js';
import { readLoraFile } from '../../src/pipeline/checkpoints/loraFile.js';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildWanTransformer } from '../../src/pipeline/onnx/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Index {
  sample: Stored;
  text: Stored;
  timestep: number;
  weight: number;
  outputs: Record<string, Stored>;
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

const loraPlace = (name: string) => join(__dirname, 'loras', `${name}.safetensors`);

describe('LoRAs over Wan 2.1', () => {
  const reference = new ReferenceFile<Index>('wanLoras');
  const { sample, text, timestep, weight, outputs } = reference.index;
  const config = JSON.parse(readFileSync(checkpoint('wan', 'transformer', 'config.json'), 'utf8')) as ConfigJson;

  async function velocity(name: string | undefined, strength: number, loraPlaces?: number, folder = 'wan') {
    const weights = await readPartWeights(checkpoint(folder, 'transformer'));
    const loras = name === undefined ? [] : [layLora(await readLoraFile(loraPlace(name)), 'unet', weights)];
    const graph = await Graph.loadBuilt(buildWanTransformer(config, weights, { loras, loraPlaces }), { threads: 1 });
    try {
      const feeds = {
        hidden_states: reference.tensor(sample),
        timestep: { data: [timestep], dims: [1] },
        encoder_hidden_states: reference.tensor(text),
        ...(name === undefined ? {} : { lora_strengths: { data: [strength], dims: [1] } }),
      };
      return (await graph.run(feeds)).out_sample!;
    } finally {
      await graph.release();
    }
  }

  const names: Readonly<Record<string, string>> = {
    'wan-causvid': "Wan's own names, with differences of biases, norms and the patches' kernel",
    'wan-style': "diffusers' names, scaled by its header",
    'wan-kohya': "kohya's names, with an α",
  };
  for (const [name, output] of Object.entries(outputs)) {
    for (const [how, places] of [
      ['in the weights', undefined],
      ['beside the layers', 1],
    ] as const)
      it(`${names[name]}: the weights that it makes, ${how}`, async () => {
        assertClose(await velocity(name, weight, places), reference.tensor(output), 'velocity', TOLERANCE);
      });
  }

  it('at strength 0 changes no bit, of a file of 16 bits neither', async () => {
    for (const folder of ['wan', 'wan-bf16']) {
      const without = await velocity(undefined, 0, undefined, folder);
      for (const places of [undefined, 1]) assert.deepEqual(await velocity('wan-causvid', 0, places, folder), without, folder);
    }
  });

  it('a distilled one sets steps and guidance by itself, and says so', async () => {
    const notices: string[] = [];
    const open = (name: string, more = {}) =>
      LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1, loras: [{ path: loraPlace('wan-causvid'), name, ...more }] });
    const model = await open('causvid');
    try {
      const { numInferenceSteps, guidanceScale, fps } = model.recommended;
      assert.deepEqual({ numInferenceSteps, guidanceScale, fps }, { numInferenceSteps: 8, guidanceScale: 1, fps: 16 });
      assert.equal(model.scheduler.className, 'UniPCMultistepScheduler');
      const options = { numFrames: 1, width: 32, height: 32, seed: 1, onNotice: (text: string) => void notices.push(text) };
      const { provenance } = await model.generateVideo('a', options);
      assert.deepEqual([provenance!.settings.numInferenceSteps, provenance!.settings.guidanceScale], [8, 1]);
      assert.match(notices.join(' '), /causvid is distilled.*8 steps without guidance/);
      const own = await model.generateVideo('a', { ...options, numInferenceSteps: 2, guidanceScale: 3 });
      assert.deepEqual([own.provenance!.settings.numInferenceSteps, own.provenance!.settings.guidanceScale], [2, 3]);
    } finally {
      await model.release();
    }
    const off = await open('causvid', { weight: 0 });
    try {
      assert.equal(off.recommended.guidanceScale, 5);
    } finally {
      await off.release();
    }
  });

  it('refuses what was made for another model', async () => {
    const weights = await readPartWeights(checkpoint('sd1', 'unet'));
    const file = await readLoraFile(loraPlace('wan-causvid'));
    assert.throws(() => layLora(file, 'unet', weights), { code: 'FL_LORA_MODEL', message: /another kind of model/ });
    const wan = await readPartWeights(checkpoint('wan', 'transformer'));
    const detail = await readLoraFile(loraPlace('detail'));
    assert.throws(() => layLora(detail, 'unet', wan), { code: 'FL_LORA_MODEL' });
  });
});
