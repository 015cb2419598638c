import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  title: string;
  prompt: string;
  negative_prompt: string;
  seed: number;
  guidance_scale: number;
  guidance_rescale?: number;
  num_inference_steps: number;
  frames: number;
  fps: number;
  width: number;
  height: number;
  strength?: number;
  source?: Stored;
  decode_timestep?: number;
  decode_noise_scale?: number;
  latents: Stored;
  pixels: Stored;
}

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

const reference = new ReferenceFile<{ runs: Run[]; later: Run[]; tokens: { text: string; ids: number[] }[] }>('ltxRuns');

const optionsOf = (run: Run) => ({
  negativePrompt: run.negative_prompt,
  numInferenceSteps: run.num_inference_steps,
  guidanceScale: run.guidance_scale,
  guidanceRescale: run.guidance_rescale,
  decodeTimestep: run.decode_timestep,
  decodeNoiseScale: run.decode_noise_scale,
  seed: run.seed,
  width: run.width,
  height: run.height,
});

async function compare(model: LatentDiffusionModel, run: Run): Promise<void> {
  let latents: Tensor | undefined;
  const options = { ...optionsOf(run), callbackOnStepEnd: (state: { latents: Tensor }) => void (latents = state.latents) };
  const video = run.source
    ? await model.editVideo(await Video.fromFrames(reference.frames(run.source), { fps: run.fps }), run.prompt, {
        ...options,
        strength: run.strength,
      })
    : await model.generateVideo(run.prompt, { ...options, numFrames: run.frames, fps: run.fps });
  assertClose(latents!, reference.tensor(run.latents), 'final latents');
  assertClosePixels(await framesOf(video), reference.frames(run.pixels), 'pixels');
}

const titleOf = (run: Run) => `${run.title}: ${run.num_inference_steps} steps, guidance ${run.guidance_scale}, ${run.frames} frames`;

describe('runs of LTX-Video: the numbers are those of diffusers', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('ltx'), { threads: 1 })));
  after(() => model?.release());

  for (const run of reference.index.runs) it(titleOf(run), () => compare(model, run));

  it('is shown as what it is', () => {
    const { family, recommended, sampleSize, sizeMultiple, windowFrames, unet, vae, tokenizer } = model;
    assert.equal(family, 'LTX-Video');
    assert.deepEqual(recommended, { numInferenceSteps: 25, guidanceScale: 3, fps: 25, maxFrames: 161, deflicker: 0 });
    assert.deepEqual([sampleSize, sizeMultiple, windowFrames], [{ width: 704, height: 512 }, 32, 161]);
    assert.deepEqual(
      [unet.hasMotion, vae.latentChannels, vae.scaleFactor, vae.temporalScaleFactor, vae.decodesNoise, tokenizer.length],
      [true, 8, 32, 8, false, 128],
    );
    assert.deepEqual(
      model.networks.map(({ part, from }) => [part, from]),
      ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder'].map((part) => [part, 'safetensors']),
    );
  });

  it('a longer clip is edited in windows, whose pictures go over into one another', async () => {
    const run = reference.index.runs.find(({ source, frames }) => source !== undefined && frames === 17)!;
    const frames = reference.frames(run.source!);
    const options = { ...optionsOf(run), numInferenceSteps: 2, windowFrames: 9, windowOverlap: 2 };
    const edited = await framesOf(await model.editVideo(await Video.fromFrames(frames, { fps: 8 }), run.prompt, options));
    assert.equal(edited.length, 17);
    const first = await framesOf(await model.editVideo(await Video.fromFrames(frames.slice(0, 9), { fps: 8 }), run.prompt, options));
    assert.deepEqual(edited.slice(0, 7), first.slice(0, 7), 'frames of the first window alone');
  });

  it('how long a frame lasts changes what is made', async () => {
    const [run] = reference.index.runs;
    const made = (fps: number) => model.generateVideo(run!.prompt, { ...optionsOf(run!), numInferenceSteps: 2, numFrames: 9, fps });
    assert.notDeepEqual(await framesOf(await made(25)), await framesOf(await made(6)));
  });

  it('refuses, before any work, what cannot be made', async () => {
    const refused = (promise: Promise<unknown>, message: RegExp, code = 'FL_ARGUMENT') => assert.rejects(promise, { code, message });
    await refused(model.generateVideo('a', { numFrames: 12 }), /numFrames.*8n \+ 1.*9 and 17 are nearest/);
    await refused(model.generateVideo('a', { numFrames: 9, width: 48, height: 64 }), /width.*multiple of 32/);
    await refused(model.generateVideo('a', { numFrames: 9, scheduler: 'ddim' }), /flow/, 'FL_SCHEDULER_CONFIG');
    const clip = await Video.fromFrames(reference.frames(reference.index.runs.at(-1)!.source!), { fps: 8 });
    await refused(model.editVideo(clip, 'a', { windowFrames: 8 }), /windowFrames.*8n \+ 1/);
    await refused(model.generateVideo('a', { numFrames: 9, decodeTimestep: 0.1 }), /decodeTimestep.*not told how noisy/);
    await refused(model.editVideo(clip, 'a', { referenceImages: clip }), /Wan 2\.1 VACE.*LTX-Video/);
  });
});

describe('runs of LTX-Video from 0.9.5 on: the numbers are those of diffusers', () => {
  const { folder, remove } = checkpointFolder('ltx', 'ltx-timed', 'ltx-pieces');
  rmSync(join(folder, 'tokenizer', 'tokenizer.json'));
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await model?.release();
    remove();
  });

  for (const run of reference.index.later) it(titleOf(run), () => compare(model, run));

  it('its tokenizer, a SentencePiece model rather than a tokenizer.json, gives the ids of transformers', () => {
    // White space of no width: transformers takes it for text, JavaScript for space.
    const texts = reference.index.tokens.filter(({ text, ids }) => !/[\u200b\ufeff]/.test(text) && ids.length <= model.tokenizer.length);
    assert.ok(texts.length > 40);
    for (const { text, ids } of texts) {
      const ours = model.tokenizer.encode([{ text, weight: 1 }]);
      assert.deepEqual([...ours.ids.slice(0, ours.length)], ids, JSON.stringify(text));
    }
  });

  it('its decoder is told how noisy the latents are', () => assert.equal(model.vae.decodesNoise, true));
});

describe('folders of other LTX-Videos, and of half of one', () => {
  const changedFolder = (change: Record<string, unknown>) => {
    const { folder, remove } = checkpointFolder('ltx');
    const file = join(folder, 'model_index.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
    return { folder, remove };
  };

  for (const [name, message] of [
    ['LTX2Pipeline', /is LTX-2, which makes sound/],
    ['LTXLatentUpsamplePipeline', /upsampler of latents/],
    ['LTXI2VLongMultiPromptPipeline', /only goes on from a picture/],
  ] as const) {
    it(`${name}: one sentence, from model_index.json alone`, async () => {
      const { folder, remove } = changedFolder({ _class_name: name });
      try {
        for (const part of ['transformer', 'text_encoder', 'vae']) rmSync(join(folder, part), { recursive: true });
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder), { code: 'FL_MODEL_UNSUPPORTED', message });
      } finally {
        remove();
      }
    });
  }

  for (const part of ['transformer', 'text_encoder', 'vae', 'tokenizer']) {
    it(`without its ${part}: says which part is missing`, async () => {
      const { folder, remove } = checkpointFolder('ltx');
      try {
        rmSync(join(folder, part), { recursive: true });
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder), { message: new RegExp(part) });
      } finally {
        remove();
      }
    });
  }

  it('a distilled one, told by its name, takes eight steps at its own timesteps, without guidance', async () => {
    const { folder, remove } = checkpointFolder('ltx', 'ltx-timed');
    const file = join(folder, 'model_index.json');
    writeFileSync(
      file,
      JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), _name_or_path: 'Lightricks/LTX-Video-0.9.7-distilled' }),
    );
    const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      assert.deepEqual([model.recommended.numInferenceSteps, model.recommended.guidanceScale], [8, 1]);
      const timesteps: number[] = [];
      const callbackOnStepEnd = ({ timestep }: { timestep: number }) => void timesteps.push(timestep);
      await model.generateVideo('a', { numFrames: 1, width: 32, height: 32, seed: 1, callbackOnStepEnd });
      assert.deepEqual(timesteps, [1000, 993, 987, 981, 975, 909, 725, 0.03].map(Math.fround));
    } finally {
      await model.release();
      remove();
    }
  });
});
