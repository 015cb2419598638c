import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { softwareVulkan } from './softwareVulkan.js';
import { type Frame, Generator, type Tensor } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';

/*
 * On a Vulkan in software: right, but some hundred times slower than the processor itself. Its operator for attention gives wrong numbers there, so that
 * what is done about such an operator is seen, too.
 */
describe('WebGPU gives the numbers of the processor', () => {
  const vulkan = softwareVulkan();
  const before_ = new Map(Object.keys(vulkan?.environment ?? {}).map((name) => [name, process.env[name]]));
  const options = { threads: 1 } as const;
  let onGpu: LatentDiffusionModel;
  let onProcessor: LatentDiffusionModel;

  before(async function () {
    if (!vulkan) {
      console.warn('        Not run: Chromium with SwiftShader, or libvulkan1, is not installed.');
      return this.skip();
    }
    this.timeout(0);
    Object.assign(process.env, vulkan.environment);
    onProcessor = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), options);
    onGpu = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { ...options, device: 'webgpu' });
  });
  after(async () => {
    await onGpu?.release();
    await onProcessor?.release();
    for (const [name, value] of before_) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    vulkan?.remove();
  });

  it('every network of a checkpoint was tried on it, and its use, with the attention that had to be spelt otherwise, is said', () => {
    assert.equal(onGpu.device, 'webgpu');
    assert.equal(onProcessor.device, 'cpu');
    for (const { part, use } of onGpu.networks) {
      assert.equal(use.device, 'webgpu', part);
      assert.ok(use.deviation! < 1e-3, `${part}: ${use.deviation}`);
    }
    const said = onGpu.takeDeviceNotices().join(' ');
    if (onGpu.networks.some(({ use }) => use.plainAttention)) assert.match(said, /attention is computed in plain steps/);
    assert.deepEqual(onGpu.takeDeviceNotices(), [], 'it is said once');
  });

  it('a clip from text: latents and pixels; the record names the device', async () => {
    const make = async (model: LatentDiffusionModel) => {
      let latents: Tensor | undefined;
      const clip = await model.generateVideo('a red balloon', {
        numFrames: 1,
        width: 64,
        height: 64,
        numInferenceSteps: 2,
        seed: 4,
        onNotice: () => undefined,
        callbackOnStepEnd: (state) => void (latents = state.latents),
      });
      const frames: Frame[] = [];
      for await (const frame of clip.frames()) frames.push(frame);
      return { clip, latents: latents!, frames };
    };
    const [expected, given] = [await make(onProcessor), await make(onGpu)];
    assertClose(given.latents, expected.latents, 'final latents', 2e-3);
    const off = expected.frames.flatMap(({ data }, i) =>
      Array.from(data, (value, place) => Math.abs(value - given.frames[i]!.data[place]!)),
    );
    assert.ok(Math.max(...off) <= 2, `${Math.max(...off)} of 255`);
    assert.deepEqual([expected.clip.provenance!.device, given.clip.provenance!.device], ['cpu', 'webgpu']);
  });

  it('attention is tapped on it', async () => {
    const { embeddings } = await onProcessor.textEncoder.encode('a red balloon');
    const noisy = new Generator(1).randn([1, 4, 8, 8]);
    const told = { embeddings, guidanceScale: 1 };
    const tapped = async ({ unet }: LatentDiffusionModel) => unet.predictTapped(noisy, 500, told, await unet.tap());
    const [expected, given] = [await tapped(onProcessor), await tapped(onGpu)];
    assertClose(given.prediction, expected.prediction, 'prediction', 2e-3);
    for (const [site, maps] of expected.attention) assertClose(given.attention.get(site)!, maps, site, 2e-3);
  });

  it('a model in ONNX files runs on it, too', async () => {
    const file = join(__dirname, 'tiny-sd');
    const exported = await LatentDiffusionModel.fromPretrained(file, { ...options, device: 'webgpu' });
    assert.equal(exported.device, 'webgpu');
    await exported.release();
  });
});
