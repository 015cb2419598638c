import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layLora } from '../../src/pipeline/checkpoints/layLora.js';
import { readLoraFile } from '../../src/pipeline/checkpoints/loraFile.js';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { clipPositions } from '../../src/pipeline/networks/clipPositions.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildLtxTransformer } from '../../src/pipeline/onnx/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Index {
  sample: Stored;
  text: Stored;
  timestep: number;
  fps: number;
  weight: number;
  outputs: Record<string, Stored>;
}

const loraPlace = (name: string) => join(__dirname, 'loras', `${name}.safetensors`);

describe('LoRAs over LTX-Video', () => {
  const { sample, text, timestep, fps, weight, outputs } = new ReferenceFile<Index>('ltxLoras').index;
  const reference = new ReferenceFile<Index>('ltxLoras');
  const config = JSON.parse(readFileSync(checkpoint('ltx', 'transformer', 'config.json'), 'utf8')) as ConfigJson;

  async function velocity(name: string, strength: number, loraPlaces?: number) {
    const weights = await readPartWeights(checkpoint('ltx', 'transformer'));
    const loras = [layLora(await readLoraFile(loraPlace(name)), 'unet', weights)];
    const graph = await Graph.loadBuilt(buildLtxTransformer(config, weights, { loras, loraPlaces }), { threads: 1 });
    const latents = reference.tensor(sample);
    const [, , frames, height, width] = latents.dims as [number, number, number, number, number];
    const place = { frames, height, width, temporalScaleFactor: 8, scaleFactor: 32, fps, causal: false };
    try {
      const feeds = {
        hidden_states: latents,
        timestep: { data: [timestep], dims: [1] },
        encoder_hidden_states: reference.tensor(text),
        lora_strengths: { data: [strength], dims: [1] },
        ...clipPositions(place, 10),
      };
      return (await graph.run(feeds)).out_sample!;
    } finally {
      await graph.release();
    }
  }

  const names: Readonly<Record<string, string>> = {
    'ltx-own': "its makers' names, over every layer",
    'ltx-style': "diffusers' names, over the blocks",
  };
  for (const [name, output] of Object.entries(outputs)) {
    for (const [how, places] of [
      ['in the weights', undefined],
      ['beside the layers', 1],
    ] as const)
      it(`${names[name]}: the weights that it makes, ${how}`, async () => {
        assertClose(await velocity(name, weight, places), reference.tensor(output), 'velocity', 1e-5);
      });
  }

  it('is laid over a whole model, and leaves it as it was at strength 0', async () => {
    const options = { numFrames: 9, width: 32, height: 32, numInferenceSteps: 2, guidanceScale: 1, seed: 3 } as const;
    const frames = async (loras?: { path: string; weight: number }[]) => {
      const model = await LatentDiffusionModel.fromPretrained(checkpoint('ltx'), { threads: 1, ...(loras && { loras }) });
      try {
        const made = [];
        for await (const frame of (await model.generateVideo('a', options)).frames()) made.push(frame);
        return made;
      } finally {
        await model.release();
      }
    };
    const plain = await frames();
    assert.deepEqual(await frames([{ path: loraPlace('ltx-own'), weight: 0 }]), plain);
    assert.notDeepEqual(await frames([{ path: loraPlace('ltx-own'), weight: 1 }]), plain);
  });
});
