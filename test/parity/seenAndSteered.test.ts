import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrame, Generator } from '../../src/pipeline/core/index.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { ModelFolder } from '../../src/pipeline/networks/modelFolder.js';
import type { PartOptions } from '../../src/pipeline/networks/modelContents.js';
import type { GenerateVideoOptions } from '../../src/pipeline/pipelines/options.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { crossFrameAttention } from '../../src/pipeline/onnx/crossFrameAttention.js';
import { findAttention, GraphRewriter, LORA_STRENGTHS, readModel, writeModel } from '../../src/pipeline/onnx/index.js';
import { Run } from '../../src/pipeline/capture/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';

const lora = join(__dirname, 'loras', 'detail.safetensors');
const controlNet = checkpoint('controlnet');
const motionAdapter = checkpoint('animatediff-v2', 'motion_adapter');
const inputs = { sample: 'sample', text: 'encoder_hidden_states' };

describe('graphs built from checkpoints are seen and steered as exports are', () => {
  describe('a captured run is the run without capture, and goes on from any step, bit for bit', () => {
    for (const [title, layers, options, run] of [
      ['Stable Diffusion 1', ['sd1'], {}, {}],
      ['Stable Diffusion 2, velocities', ['sd2'], {}, { width: 32, height: 16 }],
      ['a latent consistency model', ['sd1', 'lcm'], {}, {}],
      [
        'LoRAs whose strength changes',
        ['sd1'],
        { loras: [{ path: lora }] },
        {
          loraWeights: {
            detail: [
              [999, 1],
              [0, 0.2],
            ],
          },
        },
      ],
      ['AnimateDiff with a LoRA', ['sd1'], { motionAdapter, loras: [{ path: lora, weight: 0.7 }] }, { numFrames: 4 }],
      ['a ControlNet with a LoRA', ['sd1'], { controlNet, loras: [{ path: lora, weight: 0.7 }] }, {}],
      ['a ControlNet and AnimateDiff', ['sd1'], { controlNet, motionAdapter }, { numFrames: 4 }],
    ] as [string, string[], PartOptions, GenerateVideoOptions][]) {
      it(title, async () => {
        const { folder, remove } = checkpointFolder(...layers);
        const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, ...options });
        try {
          const shown = options.controlNet === undefined ? {} : { controlClip: await checkers(run.numFrames ?? 2) };
          const settings = {
            width: 64,
            height: 64,
            numFrames: 2,
            numInferenceSteps: 3,
            guidanceScale: 3,
            seed: 6,
            onNotice: ignore,
            ...run,
            ...shown,
          };
          const plain = await model.generateVideo('a red balloon', settings);
          const seen = await model.generateVideo('a red balloon', { ...settings, capture: { attention: ['balloon'], latents: true } });
          assert.deepEqual(await pixelsOf(seen), await pixelsOf(plain));
          for (const step of [1, 2])
            assert.deepEqual(await pixelsOf(await seen.run!.at(step).resume(shown)), await pixelsOf(plain), `from step ${step}`);
          const changed = await seen.run!.at(1).resume({ ...shown, prompt: 'a green boat' });
          assert.notDeepEqual(await pixelsOf(changed), await pixelsOf(plain), 'another prompt steers it elsewhere');
          const map = await seen.run!.attention('balloon').maps({ step: 2 });
          assert.ok(map.countNotFinite() === 0 && map.data.some((value) => value > 0));
          await seen.run!.close();
        } finally {
          await model.release();
          remove();
        }
      });
    }

    it('after it was saved and read again, by a model that was loaded anew', async () => {
      const temporary = mkdtempSync(join(tmpdir(), 'frameloom-seen-'));
      const open = () => LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, loras: [{ path: lora, weight: 0.4 }] });
      const [first, second] = [await open(), await open()];
      try {
        const made = await first.generateVideo('a boat', {
          width: 64,
          height: 64,
          numFrames: 1,
          numInferenceSteps: 3,
          seed: 2,
          capture: true,
        });
        const folder = join(temporary, 'run');
        await made.run!.save(folder);
        const run = await Run.load(folder, { model: second });
        assert.deepEqual(await pixelsOf(await run.at(1).resume()), await pixelsOf(made));
        for (const opened of [run, made.run!]) await opened.close();
      } finally {
        for (const model of [first, second]) await model.release();
        rmSync(temporary, { recursive: true, force: true });
      }
    });
  });

  describe('a built graph and the same graph in a file have the same attentions and give the same predictions, steered and not, bit for bit', () => {
    for (const [title, options] of [
      ['Stable Diffusion 1', {}],
      ['AnimateDiff', { motionAdapter }],
      ['with a LoRA and ready for ControlNets', { loras: [{ path: lora }], controlNet }],
    ] as [string, PartOptions][]) {
      it(title, async () => {
        const contents = await ModelFolder.open(checkpoint('sd1'), options);
        const built = (await contents.graph('unet'))!;
        assert.ok(typeof built !== 'string');
        // Beside its weights, so that it finds them: an ONNX file like an exporter's.
        const file = join(built.weightsFolder, `seen-${process.pid}.onnx`);
        writeFileSync(file, built.bytes);
        try {
          const run = async (source: typeof built | string, steer: (graph: GraphRewriter) => string[]) => {
            const rewriter = new GraphRewriter(readModel(source));
            const names = steer(rewriter);
            const graph = await Graph.loadRewritten(source, { ...writeModel(rewriter), isBuilt: true }, { threads: 1 });
            const outputs = await graph.run(feedsOf(graph), [...names, 'out_sample']);
            await graph.release();
            return outputs;
          };
          const crossed = (graph: GraphRewriter) => {
            crossFrameAttention(graph, findAttention(graph, inputs), inputs);
            return [];
          };
          const found = (source: typeof built | string) =>
            findAttention(new GraphRewriter(readModel(source)), inputs).map(({ site }) => [site.id, site.kind, site.heads]);
          assert.deepEqual(found(file), found(built));
          assert.ok(found(built).length > 4);
          assert.deepEqual((await run(file, () => [])).out_sample!.data, (await run(built, () => [])).out_sample!.data);
          if (options.motionAdapter !== undefined) return;
          const [ofFile, ofBuilt] = [await run(file, crossed), await run(built, crossed)];
          assert.deepEqual(ofFile.out_sample!.data, ofBuilt.out_sample!.data);
        } finally {
          rmSync(file, { force: true });
        }
      });
    }

    it('cross-frame attention: its own frames leave a built graph as it was; the first frame for all changes the others only', async () => {
      const contents = await ModelFolder.open(checkpoint('sd1'), { loras: [{ path: lora }], controlNet });
      const built = (await contents.graph('unet'))!;
      const plain = await Graph.open(built, { threads: 1 });
      const rewriter = new GraphRewriter(readModel(built));
      crossFrameAttention(rewriter, findAttention(rewriter, inputs), inputs);
      const steered = await Graph.loadRewritten(built, writeModel(rewriter), { threads: 1 });
      const across = async (...frames: number[]) =>
        (await steered.run({ ...feedsOf(plain), frame_index: { data: frames, dims: [2, 1] } })).out_sample!;
      const before = (await plain.run(feedsOf(plain))).out_sample!;
      assert.deepEqual((await across(0, 1)).data, before.data);
      const first = await across(0, 0);
      assert.deepEqual(first.slice(0, 1).data, before.slice(0, 1).data);
      assert.notDeepEqual(first.slice(1, 2).data, before.slice(1, 2).data);
      for (const graph of [plain, steered]) await graph.release();
    });
  });
});

/** Two frames of noise, text, and all that the graph takes besides. */
function feedsOf(graph: Graph) {
  const noise = new Generator(3);
  const clip = graph.inputs.get('sample')!.dims.length === 5;
  const residuals = [...graph.inputs.values()].filter(({ name }) => name.endsWith('_additional_residual'));
  return {
    sample: noise.randn(clip ? [1, 4, 2, 8, 8] : [2, 4, 8, 8]),
    timestep: { data: [500], dims: [1] },
    encoder_hidden_states: noise.randn([2, 77, Number(graph.inputs.get('encoder_hidden_states')!.dims[2])]),
    ...(graph.inputs.has(LORA_STRENGTHS) ? { [LORA_STRENGTHS]: { data: [0.6], dims: [1] } } : {}),
    ...(graph.inputs.has('frame_index') ? { frame_index: { data: [0, 0], dims: [2, 1] } } : {}),
    ...Object.fromEntries(residuals.map(({ name, dims }) => [name, noise.randn([1, Number(dims[1]), 1, 1])])),
  };
}

function checkers(frames: number): Promise<Video> {
  const pictures = Array.from({ length: frames }, (_, shift) => {
    const picture = createFrame(64, 64);
    for (let i = 0; i < picture.data.length; i++) {
      const place = Math.floor(i / 3);
      picture.data[i] = ((Math.floor((place % 64) / 8) + Math.floor(place / 512) + shift) % 2) * 255;
    }
    return picture;
  });
  return Video.fromFrames(pictures, { fps: 8 });
}

async function pixelsOf(video: Video): Promise<Buffer> {
  const frames: Uint8Array[] = [];
  for await (const { data } of video.frames()) frames.push(data);
  return Buffer.concat(frames);
}

function ignore(): void {
  // Remarks are no part of what is looked at here.
}
