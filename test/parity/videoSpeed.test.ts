import assert from 'node:assert/strict';
import { clipPositions } from '../../src/pipeline/networks/clipPositions.js';
import { FirstBlockCache } from '../../src/pipeline/networks/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import type { GenerateVideoOptions } from '../../src/pipeline/pipelines/index.js';
import type { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Cached {
  threshold: number;
  texts: Record<'cond' | 'uncond', Stored>;
  steps: { timestep: number; text: 'cond' | 'uncond'; whole: boolean; sample: Stored; output: Stored }[];
}

interface Guided {
  title: string;
  prompt: string;
  negative_prompt: string;
  seed: number;
  steps: number;
  frames: number;
  width: number;
  height: number;
  guidance_scale: number;
  options: GenerateVideoOptions;
  latents: Stored;
}

const reference = new ReferenceFile<{ cache: Record<'wan' | 'ltx', Cached>; runs: Guided[] }>('videoSpeed');

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

for (const name of ['wan', 'ltx'] as const)
  describe(`first-block cache over ${name === 'wan' ? 'Wan 2.1' : 'LTX-Video'}`, () => {
    const { threshold, texts, steps } = reference.index.cache[name];
    const embeddings = { cond: reference.tensor(texts.cond), uncond: reference.tensor(texts.uncond) };
    const options = { numInferenceSteps: 6, guidanceScale: 3, seed: 5, width: 64, height: 64, numFrames: 9 } as const;
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint(name), { threads: 1 })));
    after(() => model?.release());

    const told = (text: 'cond' | 'uncond', sample: Tensor) => {
      const [frames, , height, width] = sample.dims as [number, number, number, number];
      const place = { frames, height, width, temporalScaleFactor: 8, scaleFactor: 32, fps: 24, causal: false };
      return {
        embeddings: embeddings[text],
        guidanceScale: 1,
        ...(name === 'ltx' && { inputs: () => Promise.resolve(clipPositions(place, 10)) }),
      };
    };

    it('leaves blocks out at the calls at which diffusers does, and gives what diffusers gives', async () => {
      const cache = new FirstBlockCache(model.unet, threshold);
      let saved = 0;
      for (const [i, { timestep, text, whole, sample, output }] of steps.entries()) {
        const latents = reference.tensor(sample);
        const got = await cache.predict(latents, timestep, told(text, latents));
        assertClose(got, reference.tensor(output), `call ${i}`, 1e-5);
        if (!whole) saved++;
        assert.equal(cache.use.saved, saved, `call ${i}`);
      }
      assert.ok(saved > 0 && saved < steps.length);
      assert.equal(cache.use.calls, steps.length);
      assert.ok(cache.use.meanChange > 0 && cache.use.meanChange <= cache.use.mostChange && cache.use.mostChange <= threshold);
    });

    it('at a threshold of 0 is exact, and says that nothing was saved', async () => {
      const plain = await framesOf(await model.generateVideo('a dog', options));
      const notices: string[] = [];
      const cached = await model.generateVideo('a dog', {
        ...options,
        firstBlockCacheThreshold: 0,
        onNotice: (text) => void notices.push(text),
      });
      assert.deepEqual(await framesOf(cached), plain);
      assert.deepEqual(
        notices.filter((text) => text.includes('cache')),
        ['First-block cache, frames 1 to 9: all but the first block left out at 0 of 12 calls (0 %).'],
      );
    });

    it('at a large threshold leaves out what it says, keeps to it in the record, and begins anew at every run', async () => {
      const notices: string[] = [];
      const run = () =>
        model.generateVideo('a dog', { ...options, firstBlockCacheThreshold: 1, onNotice: (text) => void notices.push(text) });
      const [first, second] = [await run(), await run()];
      assert.equal(first.provenance?.settings.firstBlockCacheThreshold, 1);
      assert.deepEqual(await framesOf(first), await framesOf(second));
      assert.match(notices[0]!, /left out at [1-9]\d* of 12 calls .*changed by [\d.]+ % on average, [\d.]+ % at most/);
      assert.equal(notices[0], notices[1]);
    });
  });

describe('first-block cache', () => {
  it('works with VACE, whose hints lead the blocks', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const quiet = { onNotice: () => undefined };
      const options = { numInferenceSteps: 3, guidanceScale: 1, seed: 5, width: 32, height: 32, numFrames: 5, ...quiet } as const;
      const plain = await framesOf(await model.generateVideo('a dog', options));
      assert.deepEqual(await framesOf(await model.generateVideo('a dog', { ...options, firstBlockCacheThreshold: 0 })), plain);
    } finally {
      await model.release();
      remove();
    }
  });

  it('is refused for other networks, and by methods with loops of their own', async () => {
    const pictures = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
    await assert.rejects(pictures.generateVideo('a dog', { numFrames: 1, firstBlockCacheThreshold: 0.1 }), {
      code: 'FL_ARGUMENT',
      message: /no video transformer/,
    });
    await assert.rejects(pictures.generateVideo('a dog', { numFrames: 1, zeroInitSteps: 1 }), { code: 'FL_ARGUMENT', message: /flow/ });
    await pictures.release();
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    const clip = (await wan.generateVideo('a dog', { numInferenceSteps: 1, width: 32, height: 32, numFrames: 5 })) as Video;
    const edit = wan.editVideo(clip, 'a cat', { method: 'flowedit', sourcePrompt: 'a dog', firstBlockCacheThreshold: 0.1 });
    await assert.rejects(edit, { code: 'FL_ARGUMENT', message: /flowedit.*loop of its own/ });
    await wan.release();
  });

  it('attention of a step at which nothing is predicted is captured all the same', async () => {
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    const options = { numInferenceSteps: 2, width: 32, height: 32, numFrames: 5, zeroInitSteps: 1, seed: 1, firstBlockCacheThreshold: 1 };
    const quiet = { onNotice: () => undefined };
    const { run } = await wan.generateVideo('a dog', { ...options, ...quiet, capture: { attention: ['dog'], latents: true } });
    assert.deepEqual((await run!.attention('dog').maps({ step: 1 })).dims, [2, 2, 2]);
    assert.deepEqual(await run!.latents(1), await run!.latents(0));
    await run!.close();
    await wan.release();
  });
});

describe('guidance of Wan 2.1 that diffusers’ guiders give', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 })));
  after(() => model?.release());

  for (const row of reference.index.runs)
    it(row.title, async () => {
      let latents: Tensor | undefined;
      const made = await model.generateVideo(row.prompt, {
        negativePrompt: row.negative_prompt,
        seed: row.seed,
        numInferenceSteps: row.steps,
        numFrames: row.frames,
        width: row.width,
        height: row.height,
        guidanceScale: row.guidance_scale,
        ...row.options,
        callbackOnStepEnd: (state) => void (latents = state.latents),
      });
      assertClose(latents!, reference.tensor(row.latents), 'latents', 1e-4);
      for (const [option, value] of Object.entries(row.options)) assert.equal(made.provenance?.settings[option], value, option);
    });

  it('an interval of all steps, and no zeros, change nothing', async () => {
    const options = { numInferenceSteps: 3, guidanceScale: 3, seed: 5, width: 64, height: 48, numFrames: 5 } as const;
    const plain = await framesOf(await model.generateVideo('a dog', options));
    const said = { guidanceStart: 0, guidanceEnd: 1, zeroInitSteps: 0, guidanceZeroStar: false };
    assert.deepEqual(await framesOf(await model.generateVideo('a dog', { ...options, ...said })), plain);
    await assert.rejects(model.generateVideo('a dog', { ...options, guidanceStart: 0.5, guidanceEnd: 0.2 }), { code: 'FL_ARGUMENT' });
  });
});
