import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createFrame, Generator, Tensor } from '../../../../src/pipeline/core/index.js';
import { chosenDevice, deviceNotices, deviceText, type DeviceUse, onProcessor } from '../../../../src/pipeline/networks/devices.js';
import { deviation, trialFeeds } from '../../../../src/pipeline/networks/deviceTrial.js';
import { Graph } from '../../../../src/pipeline/networks/graph.js';
import { ModelFolder } from '../../../../src/pipeline/networks/modelFolder.js';
import { openGraph } from '../../../../src/pipeline/networks/openGraph.js';
import type { NetworkPart } from '../../../../src/pipeline/networks/modelContents.js';
import { GraphRewriter, plainAttention, plainProducts, readModel, writeModel } from '../../../../src/pipeline/onnx/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../../../src/pipeline/video/index.js';

const checkpoints = join(__dirname, '..', '..', '..', 'parity', 'checkpoints');

describe('devices that networks run on', () => {
  const use = (changes: Partial<DeviceUse>): DeviceUse => ({ ...onProcessor, ...changes });

  it('an option comes before the environment, and a word that names no device is refused', () => {
    const before = process.env.FRAMELOOM_DEVICE;
    try {
      process.env.FRAMELOOM_DEVICE = 'auto';
      assert.deepEqual([chosenDevice(undefined), chosenDevice('webgpu')], ['auto', 'webgpu']);
      process.env.FRAMELOOM_DEVICE = 'gpu';
      assert.throws(() => chosenDevice(undefined), { code: 'FL_ARGUMENT', message: /FRAMELOOM_DEVICE is "gpu".*"webgpu"/ });
      delete process.env.FRAMELOOM_DEVICE;
      assert.equal(chosenDevice(undefined), 'cpu');
    } finally {
      if (before === undefined) delete process.env.FRAMELOOM_DEVICE;
      else process.env.FRAMELOOM_DEVICE = before;
    }
  });

  it('networks with one remark share a sentence; a model is on the device of its UNet', () => {
    const refused = [{ device: 'webgpu', why: 'No supported adapters' }] as const;
    const uses = new Map([
      ['text_encoder', use({ refused })],
      ['unet', use({ device: 'cuda', deviation: 1e-5, onProcessor: new Map([['FusedMatMul', 12]]) })],
      ['vae_decoder', use({ refused })],
    ]);
    assert.deepEqual(deviceNotices(uses), [
      'text_encoder, vae_decoder: run on the processor, since other devices cannot be used (webgpu: No supported adapters).',
      'unet: cuda leaves some operators to the processor (12 × FusedMatMul), which slows it down.',
    ]);
    assert.equal(deviceText(uses), 'cuda; text_encoder: cpu; vae_decoder: cpu');
    assert.deepEqual(deviceNotices(new Map([['unet', onProcessor]])), [], 'where nobody asked for a device nothing is said');
  });

  it('numbers that are far off, not finite or missing are no results', () => {
    const expected = { y: new Tensor(Float32Array.of(1, -4), [2]) };
    const given = (...values: number[]) => deviation(expected, { y: new Tensor(Float32Array.from(values), [values.length]) });
    assert.equal(given(1, -4), 0);
    assert.equal(given(2, -4), 0.25);
    assert.equal(given(NaN, -4), Infinity);
    assert.equal(given(1, -4, 1), Infinity);
    assert.equal(deviation(expected, {}), Infinity);
  });

  it('every network of the tiny models can be tried, and computes the same without fused operators', async () => {
    const parts: readonly NetworkPart[] = ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder'];
    for (const options of [{}, { motionAdapter: join(checkpoints, 'animatediff-v2', 'motion_adapter') }]) {
      const folder = await ModelFolder.open(join(checkpoints, 'sd1'), options);
      for (const part of parts) {
        const source = (await folder.graph(part))!;
        const fused = await Graph.open(source, { threads: 1 });
        const feeds = trialFeeds(fused.inputs);
        assert.ok(feeds, part);
        const rewriter = new GraphRewriter(readModel(source));
        plainProducts(rewriter);
        plainAttention(rewriter);
        assert.ok(!rewriter.nodes.some(({ domain }) => domain === 'com.microsoft'), part);
        const plain = await Graph.loadRewritten(source, writeModel(rewriter), { threads: 1 });
        const off = deviation(await fused.run(feeds), await plain.run(feeds));
        assert.ok(off > 0 || part.startsWith('vae'), `${part} is spelt in another way`);
        assert.ok(off < 1e-5, `${part}: ${off}`);
        await fused.release();
        await plain.release();
      }
    }
  });

  it('a device that is not here is refused by name, and with auto the processor stands in, which is said once', async () => {
    const source = join(__dirname, '..', '..', '..', 'parity', 'tiny-sd', 'vae_encoder', 'model.onnx');
    const missing = process.platform === 'win32' ? 'coreml' : 'dml';
    await assert.rejects(openGraph(source, { device: missing }), {
      code: 'FL_MODEL_DEVICE',
      message: new RegExp(`^${missing} cannot run`),
    });
    // CUDA's libraries are not part of the package, so that a GPU, where there is one, is WebGPU's.
    const graph = await openGraph(source, { device: 'auto' });
    if (graph.use.device === 'cpu') assert.ok(graph.use.refused.length > 0, 'why');
    else assert.ok(graph.use.deviation! < 2e-3);
    await graph.release();

    assert.equal(await Graph.whyMissing('cpu'), undefined, 'what is asked of a device can be done');

    const notices: string[] = [];
    const model = await LatentDiffusionModel.fromPretrained(join(checkpoints, 'sd1'), { threads: 1, device: 'auto' });
    const clip = await Video.fromFrames([createFrame(64, 64)], { fps: 8 });
    const edit = () =>
      model.editVideo(clip, 'a', { numInferenceSteps: 1, seed: 1, strength: 1, onNotice: (notice) => notices.push(notice) });
    const made = await edit();
    assert.equal(made.provenance!.device, model.device);
    await edit();
    const said = notices.filter((notice) => notice.includes('other devices cannot be used'));
    assert.equal(said.length, model.device === 'cpu' ? 1 : said.length);
    await model.release();
  });

  it('what a network is tried on is the same every time', async () => {
    const graph = await Graph.load(join(__dirname, '..', '..', '..', 'parity', 'tiny-sd', 'unet', 'model.onnx'), { threads: 1 });
    const [first, second] = [trialFeeds(graph.inputs)!, trialFeeds(graph.inputs)!];
    assert.deepEqual(first, second);
    assert.deepEqual(first.sample!.data, new Generator(0).randn(first.sample!.dims).data);
    await graph.release();
  });
});
