import assert from 'node:assert/strict';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import type { DiffusionOptions } from '../../src/pipeline/diffusion/options.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
import { schedulerClasses, type SchedulerName } from '../../src/pipeline/schedulers/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpointFolder } from './checkpointFolder.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  title: string;
  scheduler?: SchedulerName;
  scheduler_config?: Record<string, unknown>;
  prompt: string;
  negative_prompt: string;
  seed: number;
  guidance_scale: number;
  num_inference_steps: number;
  conditioning_scale: number | number[];
  frames: number;
  width: number;
  height: number;
  source?: Stored;
  mask?: Stored;
  control?: Stored;
  references: Stored[];
  latents: Stored;
  pixels: Stored;
}

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

describe('runs of Wan VACE: the numbers are those of diffusers', () => {
  const reference = new ReferenceFile<{ runs: Run[] }>('wanVace');
  const { runs } = reference.index;
  const { folder, remove } = checkpointFolder('wan', 'wan-vace');
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await model?.release();
    remove();
  });

  const clipOf = (stored: Stored) => Video.fromFrames(reference.frames(stored), { fps: 8 });

  async function optionsOf(run: Run): Promise<DiffusionOptions> {
    return {
      negativePrompt: run.negative_prompt,
      numInferenceSteps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      conditioningScale: run.conditioning_scale,
      seed: run.seed,
      width: run.width,
      height: run.height,
      ...(run.mask ? { mask: await clipOf(run.mask) } : {}),
      ...(run.control ? { controlClip: await clipOf(run.control) } : {}),
      ...(run.references.length > 0 ? { referenceImages: await Promise.all(run.references.map(clipOf)) } : {}),
      ...(run.scheduler ? { scheduler: schedulerClasses[run.scheduler].fromConfig({ ...run.scheduler_config }) } : {}),
    };
  }

  async function make(run: Run, changes: DiffusionOptions = {}) {
    let latents: Tensor | undefined;
    const options = {
      ...(await optionsOf(run)),
      callbackOnStepEnd: (state: { latents: Tensor }) => void (latents = state.latents),
      ...changes,
    };
    const video = run.source
      ? await model.editVideo(await clipOf(run.source), run.prompt, { ...options, keepPixels: false })
      : await model.generateVideo(run.prompt, { ...options, numFrames: run.frames });
    return { latents: latents!, frames: await framesOf(video), video };
  }

  for (const run of runs) {
    it(`${run.title}, ${run.frames} frames`, async () => {
      const { latents, frames } = await make(run);
      assertClose(latents, reference.tensor(run.latents), 'final latents');
      assertClosePixels(frames, reference.frames(run.pixels), 'pixels');
    });
  }

  it('is shown as what it is', () => {
    assert.equal(model.family, 'Wan 2.1 VACE');
    assert.deepEqual(model.unet.hints, { channels: 72, count: 2 });
  });

  const shownTwice = runs.find(({ mask, control }) => mask && control)!;

  it('what it is shown tells: another mask, control clip, picture or scale is another clip', async () => {
    const short = { numInferenceSteps: 2 };
    const base = (await make(shownTwice, short)).latents;
    const turned = await Video.fromFrames(reference.frames(shownTwice.source!).reverse(), { fps: 8 });
    for (const change of [
      { mask: turned },
      { controlClip: turned },
      { controlEdges: true },
      { referenceImages: turned },
      { referenceImages: undefined },
      { conditioningScale: [0.7, 0.2] },
    ]) {
      const { latents } = await make(shownTwice, { ...short, ...change });
      assert.notDeepEqual(latents.data.slice(-100), base.data.slice(-100), Object.keys(change)[0]);
    }
  });

  it('from noise alone, the source is encoded only as it is shown: what is kept, and what changes', async () => {
    const run = runs.find(({ source, mask }) => source && mask)!;
    const calls: string[] = [];
    const { encoder } = model.vae.requireEncoder();
    const original = encoder.run.bind(encoder);
    encoder.run = (...given) => {
      calls.push('encode');
      return original(...given);
    };
    try {
      await make(run, { numInferenceSteps: 1 });
      assert.equal(calls.length, 2);
      await model.editVideo(await clipOf(run.source!), run.prompt, { ...(await optionsOf(run)), numInferenceSteps: 2, strength: 0.5 });
      assert.equal(calls.length, 2 + 3);
    } finally {
      encoder.run = original;
    }
  });

  it('an edit of less strength keeps a trace of the source', async () => {
    const run = runs.find(({ source, mask }) => source && !mask)!;
    const far = await make(run);
    const source = reference.frames(run.source!);
    const near = await framesOf(await model.editVideo(await clipOf(run.source!), run.prompt, { ...(await optionsOf(run)), strength: 0.2 }));
    const distance = (frames: readonly Frame[]) =>
      frames.reduce((sum, { data }, i) => sum + data.reduce((all, level, at) => all + Math.abs(level - source[i]!.data[at]!), 0), 0);
    assert.ok(distance(near) < distance(far.frames), `${distance(near)} against ${distance(far.frames)}`);
  });

  it('a record is made again with the clips that it cannot hold', async () => {
    const short = { numInferenceSteps: 2 };
    const { video, frames } = await make(shownTwice, short);
    const source = await clipOf(shownTwice.source!);
    const { mask, controlClip, referenceImages } = await optionsOf(shownTwice);
    const again = await rerun(model, video.provenance!, source, { mask, controlClip, referenceImages });
    assert.deepEqual(await framesOf(again), frames);
    await assert.rejects(rerun(model, video.provenance!, source, { mask, controlClip }), {
      code: 'FL_RERUN_CLIPS',
      message: /referenceImages/,
    });
  });

  it('refuses, before any work, what it cannot be shown', async () => {
    const clip = await clipOf(shownTwice.source!);
    const refused = (promise: Promise<unknown>, message: RegExp) => assert.rejects(promise, { code: 'FL_ARGUMENT', message });
    await refused(model.editVideo(clip, 'a', { controlClip: [clip, clip] }), /controlClip/);
    await refused(model.editVideo(clip, 'a', { conditioningScale: [1, 1, 1] }), /conditioningScale.*2/);
    await refused(model.editVideo(clip, 'a', { controlnetConditioningScale: 0.5 }), /controlnetConditioningScale.*ControlNet/);
    await refused(model.editVideo(clip, 'a', { referenceImages: 'a.png' as never }), /referenceImages/);
    await refused(model.generateVideo('a', { numFrames: 5, mask: clip }), /mask/);
    await refused(model.generateVideo('a', { numFrames: 5, controlEdges: true }), /controlEdges/);
  });
});

describe('a Wan that is no VACE', () => {
  it('refuses what only VACE is shown', async () => {
    const { folder, remove } = checkpointFolder('wan');
    const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const clip = await Video.fromFrames([{ width: 32, height: 32, data: new Uint8Array(3 * 32 * 32) }], { fps: 8 });
      for (const options of [{ referenceImages: clip }, { conditioningScale: 0.5 }])
        await assert.rejects(model.editVideo(clip, 'a', options), { code: 'FL_ARGUMENT', message: /Wan 2\.1 VACE/ });
      await assert.rejects(model.editVideo(clip, 'a', { controlClip: clip }), { code: 'FL_ARGUMENT', message: /ControlNet/ });
    } finally {
      await model.release();
      remove();
    }
  });
});
