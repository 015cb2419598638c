import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDenoiser } from '../../src/pipeline/checkpoints/buildNetworks.js';
import { layLora } from '../../src/pipeline/checkpoints/layLora.js';
import { readLoraFile } from '../../src/pipeline/checkpoints/loraFile.js';
import { readCheckpointHeader, readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { splitSingleFile } from '../../src/pipeline/checkpoints/singleFile.js';
import { concatenate, type Tensor } from '../../src/pipeline/core/index.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { buildClipText } from '../../src/pipeline/onnx/build/clipText.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildUNet } from '../../src/pipeline/onnx/build/unet.js';
import { Weights } from '../../src/pipeline/onnx/build/weights.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Call {
  sample: Stored;
  text: Stored;
  timestep: number;
}

interface Index {
  sd1: Call & { ids: number[]; cases: { weights: Record<string, number>; output: Stored; embeddings: Stored }[] };
  sd2: Call & { weight: number; output: Stored };
  motion: Call & { weight: number; output: Stored };
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

const loraPlace = (name: string) => join(__dirname, 'loras', name === 'style' ? name : `${name}.safetensors`);

describe('LoRAs over built graphs: the numbers are those of diffusers with PEFT', () => {
  const reference = new ReferenceFile<Index>('loras');
  const { sd1, sd2, motion } = reference.index;
  const config = (...parts: string[]) => JSON.parse(readFileSync(checkpoint(...parts, 'config.json'), 'utf8')) as ConfigJson;
  const feeds = ({ sample, text, timestep }: Call, strengths: readonly number[]) => ({
    sample: reference.tensor(sample),
    timestep: { data: [timestep], dims: [1] },
    encoder_hidden_states: reference.tensor(text),
    lora_strengths: { data: strengths, dims: [strengths.length] },
  });

  async function unetWith(folder: string, names: readonly string[], loraPlaces?: number): Promise<Graph> {
    const weights = await readPartWeights(checkpoint(folder, 'unet'));
    const files = await Promise.all(names.map((name) => readLoraFile(loraPlace(name))));
    const loras = files.map((file) => layLora(file, 'unet', weights));
    return Graph.loadBuilt(buildUNet(config(folder, 'unet'), weights, { loras, loraPlaces }), { threads: 1 });
  }

  describe('one graph, whose strengths change from call to call', () => {
    let unet: Graph;
    let text: Graph;
    before(async () => {
      unet = await unetWith('sd1', ['detail', 'style']);
      const weights = await readPartWeights(checkpoint('sd1', 'text_encoder'));
      const files = await Promise.all(['detail', 'style'].map((name) => readLoraFile(loraPlace(name))));
      const loras = files.map((file) => layLora(file, 'text_encoder', weights));
      text = await Graph.loadBuilt(buildClipText(config('sd1', 'text_encoder'), weights, { loras }), { threads: 1 });
    });
    after(async () => {
      await unet?.release();
      await text?.release();
    });

    for (const { weights, output, embeddings } of sd1.cases) {
      const title = Object.entries(weights)
        .map(([name, weight]) => `${name} at ${weight}`)
        .join(', ');
      const strengths = ['detail', 'style'].map((name) => weights[name] ?? 0);
      it(`UNet with ${title}`, async () => {
        assertClose((await unet.run(feeds(sd1, strengths))).out_sample!, reference.tensor(output), 'prediction', TOLERANCE);
      });
      it(`text encoder with ${title}`, async () => {
        const told = { input_ids: { data: sd1.ids, dims: [1, sd1.ids.length] }, lora_strengths: { data: strengths, dims: [2] } };
        assertClose((await text.run(told)).last_hidden_state!, reference.tensor(embeddings), 'embeddings', TOLERANCE);
      });
    }

    it('at strength 0 the network is as it was, bit for bit', async () => {
      const plain = await Graph.loadBuilt(buildUNet(config('sd1', 'unet'), await readPartWeights(checkpoint('sd1', 'unet'))), {
        threads: 1,
      });
      const { lora_strengths: _, ...own } = feeds(sd1, []);
      const expected: Tensor = (await plain.run(own)).out_sample!;
      await plain.release();
      assert.deepEqual((await unet.run(feeds(sd1, [0, 0]))).out_sample!.data, expected.data);
    });
  });

  it('beside the layers, as where maps are small, they give the same', async () => {
    const unet = await unetWith('sd1', ['detail', 'style'], 0);
    for (const { weights, output } of sd1.cases) {
      const strengths = ['detail', 'style'].map((name) => weights[name] ?? 0);
      assertClose((await unet.run(feeds(sd1, strengths))).out_sample!, reference.tensor(output), 'prediction', TOLERANCE);
    }
    await unet.release();
    const half = await unetWith('unet-fp16', ['second'], 0);
    assertClose((await half.run(feeds(sd2, [sd2.weight]))).out_sample!, reference.tensor(sd2.output), 'prediction', TOLERANCE);
    await half.release();
  });

  it("the same LoRA in CompVis' names changes the same layers in the same way", async () => {
    const unet = await unetWith('sd1', ['detail-compvis']);
    const output = (await unet.run(feeds(sd1, [1]))).out_sample!;
    await unet.release();
    assertClose(output, reference.tensor(sd1.cases[0]!.output), 'prediction', TOLERANCE);
  });

  it("over a single file in CompVis' names, the same layers are found as over the folder", async () => {
    const file = checkpoint('single', 'tiny-sd1.safetensors');
    const single = splitSingleFile((await readCheckpointHeader(file)).tensors, file);
    const lora = await readLoraFile(loraPlace('detail'));
    for (const [part, tensors] of [
      ['unet', single.unet],
      ['text_encoder', single.text],
    ] as const) {
      const layers = layLora(lora, part, new Weights(tensors, file));
      const ofFolder = layLora(lora, part, await readPartWeights(checkpoint('sd1', part)));
      const withPrefix = (paths: Iterable<string>) =>
        [...paths].map((path) => path.replace(/^encoder\.layers/, 'text_model.encoder.layers')).sort();
      assert.ok(layers.layers.size > 10);
      assert.deepEqual(withPrefix(layers.layers.keys()), withPrefix(ofFolder.layers.keys()));
    }
  });

  it("a camera's LoRA in AnimateDiff's own names, over a UNet with motion modules", async () => {
    const [unet, adapter] = [
      await readPartWeights(checkpoint('sd1', 'unet')),
      await readPartWeights(checkpoint('animatediff-v2', 'motion_adapter')),
    ];
    const [net, moves] = [
      { config: config('sd1', 'unet'), weights: unet },
      { config: config('animatediff-v2', 'motion_adapter'), weights: adapter },
    ];
    const graph = await Graph.loadBuilt(buildDenoiser(net, moves, [await readLoraFile(loraPlace('camera'))]), { threads: 1 });
    const { encoder_hidden_states: text, ...others } = feeds(motion, [motion.weight]);
    // A row of text for each frame; here all are told the same.
    const rows = concatenate(Array<Tensor>(others.sample.dims[2]!).fill(text));
    const output = (await graph.run({ ...others, encoder_hidden_states: rows })).out_sample!;
    await graph.release();
    assertClose(output, reference.tensor(motion.output), 'prediction', TOLERANCE);
  });

  it('LoRA and UNet of half precision, linear projections, and an alpha of its own for each layer', async () => {
    const unet = await unetWith('unet-fp16', ['second']);
    const output = (await unet.run(feeds(sd2, [sd2.weight]))).out_sample!;
    await unet.release();
    assertClose(output, reference.tensor(sd2.output), 'prediction', TOLERANCE);
  });
});
