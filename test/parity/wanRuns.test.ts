import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import type { DiffusionOptions } from '../../src/pipeline/diffusion/options.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { schedulerClasses, type SchedulerName } from '../../src/pipeline/schedulers/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { readIndex, ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  title: string;
  scheduler?: SchedulerName;
  scheduler_config?: Record<string, unknown>;
  prompt: string;
  negative_prompt: string;
  seed: number;
  guidance_scale: number;
  num_inference_steps: number;
  frames?: number;
  width: number;
  height: number;
  strength?: number;
  source?: Stored;
  latents: Stored;
  pixels: Stored;
}

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

describe('runs of Wan 2.1: the numbers are those of diffusers', () => {
  const reference = new ReferenceFile<{ runs: Run[] }>('wanRuns');
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 })));
  after(() => model?.release());

  const optionsOf = (run: Run): DiffusionOptions => ({
    negativePrompt: run.negative_prompt,
    numInferenceSteps: run.num_inference_steps,
    guidanceScale: run.guidance_scale,
    seed: run.seed,
    width: run.width,
    height: run.height,
    ...(run.scheduler ? { scheduler: schedulerClasses[run.scheduler].fromConfig({ ...run.scheduler_config }) } : {}),
  });

  for (const run of reference.index.runs) {
    it(`${run.title}, ${run.num_inference_steps} steps, guidance ${run.guidance_scale}, ${run.frames ?? 9} frames`, async () => {
      let latents: Tensor | undefined;
      const options = { ...optionsOf(run), callbackOnStepEnd: (state: { latents: Tensor }) => void (latents = state.latents) };
      const video = run.source
        ? await model.editVideo(await Video.fromFrames(reference.frames(run.source), { fps: 8 }), run.prompt, {
            ...options,
            strength: run.strength,
          })
        : await model.generateVideo(run.prompt, { ...options, numFrames: run.frames });
      assertClose(latents!, reference.tensor(run.latents), 'final latents');
      assertClosePixels(await framesOf(video), reference.frames(run.pixels), 'pixels');
    });
  }

  it('its tokenizer gives the ids of transformers', () => {
    for (const { text, ids } of readIndex<{ tokens: { text: string; ids: number[] }[] }>('wan').tokens) {
      const ours = model.tokenizer.encode([{ text, weight: 1 }]);
      assert.deepEqual([...ours.ids.slice(0, ours.length)], ids, JSON.stringify(text));
    }
  });

  it('is shown as what it is', () => {
    const { family, recommended, sampleSize, sizeMultiple, windowFrames, unet, vae, tokenizer } = model;
    assert.equal(family, 'Wan 2.1, text to video');
    assert.deepEqual(recommended, { numInferenceSteps: 25, guidanceScale: 5, fps: 16, maxFrames: 81, deflicker: 0 });
    assert.deepEqual([sampleSize, sizeMultiple, windowFrames], [{ width: 832, height: 480 }, 16, 81]);
    assert.deepEqual(
      [unet.hasMotion, vae.latentChannels, vae.scaleFactor, vae.temporalScaleFactor, tokenizer.length],
      [true, 4, 8, 4, 512],
    );
    assert.deepEqual(
      model.networks.map(({ part, from }) => [part, from]),
      ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder'].map((part) => [part, 'safetensors']),
    );
  });

  it('a clip of any length keeps it: its last frame stands where latent frames are to be filled', async () => {
    const [run] = reference.index.runs.filter(({ source }) => source !== undefined);
    const nine = reference.frames(run!.source!);
    const six = nine.slice(0, 6);
    const options = { ...optionsOf(run!), numInferenceSteps: 2 };
    const edited = await framesOf(await model.editVideo(await Video.fromFrames(six, { fps: 8 }), run!.prompt, options));
    const filled = [...six, ...Array<Frame>(3).fill(six[5]!)];
    const whole = await framesOf(await model.editVideo(await Video.fromFrames(filled, { fps: 8 }), run!.prompt, options));
    assert.equal(edited.length, 6);
    assert.deepEqual(edited, whole.slice(0, 6));
  });

  it('a longer clip is edited in windows, whose pictures go over into one another', async () => {
    const [run] = reference.index.runs.filter(({ source }) => source !== undefined);
    const frames = reference.frames(run!.source!);
    const options = { ...optionsOf(run!), numInferenceSteps: 2, windowFrames: 5, windowOverlap: 2 };
    const clip = await Video.fromFrames(frames, { fps: 8 });
    const edited = await framesOf(await model.editVideo(clip, run!.prompt, options));
    assert.equal(edited.length, 9);
    const first = await framesOf(await model.editVideo(await Video.fromFrames(frames.slice(0, 5), { fps: 8 }), run!.prompt, options));
    assert.deepEqual(edited.slice(0, 3), first.slice(0, 3), 'frames of the first window alone');
  });

  it('refuses, before any work, what cannot be made', async () => {
    const refused = (promise: Promise<unknown>, message: RegExp, code = 'FL_ARGUMENT') => assert.rejects(promise, { code, message });
    await refused(model.generateVideo('a', { numFrames: 12 }), /numFrames.*4n \+ 1.*9 and 13 are nearest/);
    await refused(model.generateVideo('a', { numFrames: 5, width: 40, height: 48 }), /width.*multiple of 16/);
    await refused(model.generateVideo('a', { numFrames: 5, scheduler: 'ddim' }), /flow/, 'FL_SCHEDULER_CONFIG');
    const clip = await Video.fromFrames(reference.frames(reference.index.runs.at(-1)!.source!), { fps: 8 });
    await refused(model.editVideo(clip, 'a', { windowFrames: 8 }), /windowFrames.*4n \+ 1/);
    await refused(model.editVideo(clip, 'a', { method: 'diffedit' }), /"sdedit".*Wan 2\.1/);
  });
});

describe('folders of other Wans, and of half a Wan', () => {
  const refusals: readonly [string, Record<string, unknown>, RegExp][] = [
    ['Wan 2.2, of two transformers', { transformer_2: ['diffusers', 'WanTransformer3DModel'], boundary_ratio: 0.875 }, /is Wan 2\.2/],
    ['Wan 2.2, with timesteps for tokens', { expand_timesteps: true }, /is Wan 2\.2/],
    ['image to video', { _class_name: 'WanImageToVideoPipeline' }, /from image to video/],
    ['another one', { _class_name: 'WanAnimatePipeline' }, /WanAnimatePipeline/],
  ];
  for (const [title, change, message] of refusals) {
    it(`${title}: one sentence, from model_index.json alone`, async () => {
      const { folder, remove } = checkpointFolder('wan');
      try {
        const file = join(folder, 'model_index.json');
        writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
        for (const part of ['transformer', 'text_encoder', 'vae']) rmSync(join(folder, part), { recursive: true });
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder), { code: 'FL_MODEL_UNSUPPORTED', message });
      } finally {
        remove();
      }
    });
  }

  const missing: readonly [string, RegExp, string][] = [
    ['transformer', /transformer/, 'FL_MODEL_FILE_MISSING'],
    ['text_encoder/model.safetensors', /text_encoder\/model\.safetensors/, 'FL_MODEL_FILE_MISSING'],
    ['vae', /vae/, 'FL_MODEL_FILE_MISSING'],
    ['tokenizer', /tokenizer/, 'FL_MODEL_FILE_MISSING'],
    ['scheduler', /scheduler_config\.json/, 'FL_MODEL_FILE_MISSING'],
    ['transformer/config.json', /transformer.*config\.json/, 'FL_MODEL_FILE_MISSING'],
  ];
  for (const [part, message, code] of missing) {
    it(`without ${part}: says which`, async () => {
      const { folder, remove } = checkpointFolder('wan');
      try {
        rmSync(join(folder, part), { recursive: true });
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder, { threads: 1 }), { code, message });
      } finally {
        remove();
      }
    });
  }

  it("an autoencoder that does not say its latents' means is refused", async () => {
    const { folder, remove } = checkpointFolder('wan');
    try {
      const file = join(folder, 'vae', 'config.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('latents_mean', 'latents_average'));
      await assert.rejects(LatentDiffusionModel.fromPretrained(folder, { threads: 1 }), { code: 'FL_MODEL_JSON', message: /latents_mean/ });
    } finally {
      remove();
    }
  });
});
