import assert from 'node:assert/strict';
import type { StepState } from '../../src/pipeline/diffusion/options.js';
import { freeInitSettings, lowPassFilter, type FreeInitMethod, type FreeInitOptions } from '../../src/pipeline/diffusion/freeInit.js';
import { FrameNoise } from '../../src/pipeline/diffusion/frameNoise.js';
import { rescheduledNoise } from '../../src/pipeline/diffusion/freeNoise.js';
import { mixFrequencies } from '../../src/pipeline/diffusion/frequencyMix.js';
import type { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
import { type Frame, Generator, type Tensor } from '../../src/pipeline/core/index.js';
import type { Video } from '../../src/pipeline/video/index.js';
import { assertClose, assertClosePixels, assertCloseValues } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel, loadTinyMotionModel } from './tinyModels.js';

interface FreeInitRun {
  title: string;
  prompt: string;
  negative_prompt: string;
  seed: number;
  guidance_scale: number;
  eta?: number;
  num_inference_steps: number;
  timesteps: number[];
  frames: number;
  after_first: Stored;
  latents: Stored;
  pixels: Stored;
  /** What `enable_free_init` was told. */
  free_init: Record<string, unknown>;
}

interface FilterCase {
  method: FreeInitMethod;
  order: number;
  space: number;
  time: number;
  filter: Stored;
  low: Stored;
  high: Stored;
  mixed: Stored;
}

interface FreeNoiseCase {
  length: number;
  stride: number;
  frames: number;
  seed: number;
  noise: Stored;
}

describe("FreeNoise: diffusers' noise of a long clip", () => {
  const reference = new ReferenceFile<{ free_noise: FreeNoiseCase[] }>('longClips');
  for (const { length, stride, frames, seed, noise } of reference.index.free_noise) {
    it(`${frames} frames, of which ${length} are drawn and ${stride} shuffled at a time`, () => {
      const generator = new Generator(seed);
      const drawn = new FrameNoise(generator, 'motion', false).randn([frames, 4, 4, 4]);
      const settings = { noiseType: 'shuffle_context', contextLength: length, contextStride: stride } as const;
      const made = rescheduledNoise(drawn, settings, (count) => generator.randperm(count));
      assertClose(made, reference.tensor(noise), 'noise', 1e-6);
    });
  }
});

interface MovedRun {
  frames: number;
  /** Motion field strengths, in pixels of 512 by which a frame is sampled to the right and below. */
  x: number;
  y: number;
  t0: number;
  t1: number;
  scale: number;
  seed: number;
  steps: number;
  prompt: string;
  negative: string;
  latents: Stored;
}

describe("a camera that pans: diffusers' Text2Video-Zero", () => {
  const reference = new ReferenceFile<{ moved: MovedRun[] }>('longClips');
  for (const { frames, x, y, t0, t1, scale, seed, steps, prompt, negative, latents } of reference.index.moved) {
    it(`by ${x} and ${y} of 512 pixels a frame, guided by ${scale}`, async () => {
      const model = await loadTinyModel('tiny-sd');
      let last: Tensor | undefined;
      await model.generateVideo(prompt, {
        negativePrompt: negative,
        numInferenceSteps: steps,
        guidanceScale: scale,
        scheduler: 'ddim',
        seed,
        width: 64,
        height: 64,
        numFrames: frames,
        crossFrame: 'first',
        camera: { translationX: (-x * 64) / 512, translationY: (-y * 64) / 512, t0, t1 },
        callbackOnStepEnd: ({ latents: now }) => void (last = now),
      });
      assertClose(last!, reference.tensor(latents), 'latents');
      await model.release();
    });
  }
});

describe('FreeInit: what diffusers makes of a seed', () => {
  const reference = new ReferenceFile<{ free_init: FreeInitRun[]; filters: FilterCase[] }>('longClips');
  let model: LatentDiffusionModel;
  before(async () => {
    model = await loadTinyMotionModel();
  });
  after(() => model.release());

  for (const run of reference.index.free_init) {
    it(run.title, async () => {
      const states: StepState[] = [];
      const told = run.free_init;
      const freeInit: FreeInitOptions = {
        iterations: told.num_iters as number | undefined,
        method: told.method as FreeInitMethod | undefined,
        order: told.order as number | undefined,
        spatialStopFrequency: told.spatial_stop_frequency as number | undefined,
        temporalStopFrequency: told.temporal_stop_frequency as number | undefined,
        fastSampling: told.use_fast_sampling as boolean | undefined,
      };
      const video = await model.generateVideo(run.prompt, {
        negativePrompt: run.negative_prompt,
        numInferenceSteps: run.num_inference_steps,
        guidanceScale: run.guidance_scale,
        eta: run.eta,
        seed: run.seed,
        width: 64,
        height: 64,
        numFrames: run.frames,
        freeInit,
        callbackOnStepEnd: (state) => void states.push(state),
      });
      assert.deepEqual(
        states.map(({ timestep }) => timestep),
        run.timesteps,
      );
      assertClose(states[0]!.latents, reference.tensor(run.after_first), 'latents after the first step');
      assertClose(states.at(-1)!.latents, reference.tensor(run.latents), 'final latents');
      const frames = await framesOf(video);
      assertClosePixels(frames, reference.frames(run.pixels), 'pixels');
      assert.deepEqual(video.provenance!.settings.freeInit, freeInitSettings(freeInit));
      assert.deepEqual(await framesOf(await rerun(model, video.provenance!, undefined)), frames, 'made again');
    });
  }

  for (const { method, order, space, time, filter, low, high, mixed } of reference.index.filters) {
    const lows = reference.tensor(low);
    it(`${method}, a clip of ${lows.dims.join(' × ')}`, () => {
      const [frames, , height, width] = lows.dims as [number, number, number, number];
      const settings = freeInitSettings({ method, order, spatialStopFrequency: space, temporalStopFrequency: time });
      const share = lowPassFilter([frames, height, width], settings);
      assertCloseValues(share, reference.tensor(filter).data, 'filter');
      assertClose(mixFrequencies(lows, reference.tensor(high), share), reference.tensor(mixed), 'mixed');
    });
  }

  it('a box keeps what lies within a share of every axis', () => {
    const share = lowPassFilter([4, 8, 8], freeInitSettings({ method: 'box', spatialStopFrequency: 0.5, temporalStopFrequency: 0.5 }));
    const kept = [...share.keys()].filter((i) => share[i] === 1).map((i) => [Math.floor(i / 64), Math.floor(i / 8) % 8, i % 8]);
    assert.equal(kept.length, 2 * 4 * 4);
    for (const [frame, y, x] of kept) assert.ok([1, 2].includes(frame!) && y! >= 2 && y! < 6 && x! >= 2 && x! < 6);
  });

  it('a filter that lets everything or nothing through gives the one clip or the other', () => {
    const [{ low, high }] = reference.index.filters as [FilterCase];
    const [a, b] = [reference.tensor(low), reference.tensor(high)];
    const size = (a.size / a.dims[1]!) | 0;
    assertClose(mixFrequencies(a, b, new Float64Array(size).fill(1)), a, 'all');
    assertClose(mixFrequencies(a, b, new Float64Array(size)), b, 'none');
  });

  it('one pass is the run without it, bit for bit', async () => {
    const told = { numInferenceSteps: 2, seed: 1, width: 64, height: 64 };
    const plain = await framesOf(await model.generateVideo('a balloon', told));
    assert.deepEqual(await framesOf(await model.generateVideo('a balloon', { ...told, freeInit: { iterations: 1 } })), plain);
  });

  it('where it means nothing it is refused, before anything is computed', async () => {
    const refused = (options: object, message: RegExp) =>
      assert.rejects(model.generateVideo('a balloon', options), { code: 'FL_ARGUMENT', message });
    await refused({ freeInit: 3 }, /freeInit.*an object with options: \{ iterations: 3 \}/);
    await refused({ freeInit: { iterations: 0 } }, /iterations.*from 1 to 20/);
    await refused({ freeInit: { method: 'round' } }, /method.*"butterworth", "gaussian", "ideal", "box"/);
    await refused({ freeInit: {}, capture: true }, /freeInit.*left out where steps are captured/);
    const pictures = await loadTinyModel('tiny-sd');
    await assert.rejects(pictures.generateVideo('a balloon', { freeInit: {} }), /freeInit.*which sees frames one by one/);
    await pictures.release();
  });
});

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}
