import assert from 'node:assert/strict';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
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
  conditions: { video: Stored; frame_index: number; strength: number }[];
  decode_timestep?: number;
  decode_noise_scale?: number;
  latents: Stored;
  pixels: Stored;
}

const reference = new ReferenceFile<{ runs: Run[]; conditioned: Run[] }>('ltxConditions');

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

async function conditionsOf(run: Run) {
  const conditions = [];
  for (const { video, frame_index: frameIndex, strength } of run.conditions)
    conditions.push({ video: await Video.fromFrames(reference.frames(video), { fps: run.fps }), frameIndex, strength });
  return conditions;
}

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
  numFrames: run.frames,
  fps: run.fps,
});

async function compare(model: LatentDiffusionModel, run: Run): Promise<void> {
  let latents: Tensor | undefined;
  const callbackOnStepEnd = (state: { latents: Tensor; leadingFrames?: number }) =>
    void (latents = state.latents.slice(state.leadingFrames ?? 0));
  const video = await model.generateVideo(run.prompt, { ...optionsOf(run), conditions: await conditionsOf(run), callbackOnStepEnd });
  assertClose(latents!, reference.tensor(run.latents), 'final latents');
  assertClosePixels(await framesOf(video), reference.frames(run.pixels), 'pixels');
}

const titleOf = (run: Run) => `${run.title}: ${run.num_inference_steps} steps, guidance ${run.guidance_scale}, ${run.frames} frames`;

describe('LTX-Video from pictures and clips: the numbers are those of diffusers', () => {
  const { folder, remove } = checkpointFolder('ltx', 'ltx-timed');
  let early: LatentDiffusionModel;
  let later: LatentDiffusionModel;
  before(async () => {
    early = await LatentDiffusionModel.fromPretrained(checkpoint('ltx'), { threads: 1 });
    later = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
  });
  after(async () => {
    await early?.release();
    await later?.release();
    remove();
  });

  for (const run of reference.index.runs) it(`before 0.9.5, ${titleOf(run)}`, () => compare(early, run));
  for (const run of reference.index.conditioned) it(`from 0.9.5 on, ${titleOf(run)}`, () => compare(later, run));

  it('a first picture stays what it was, whatever the prompt', async () => {
    const [run] = reference.index.conditioned;
    const begun: Tensor[] = [];
    for (const prompt of ['a', 'a dog']) {
      const callbackOnStepEnd = ({ predOriginalSample, step }: { predOriginalSample: Tensor; step: number }) =>
        void (step === 1 && begun.push(predOriginalSample));
      await later.generateVideo(prompt, { ...optionsOf(run!), conditions: await conditionsOf(run!), callbackOnStepEnd });
    }
    const [one, other] = begun as [Tensor, Tensor];
    assert.deepEqual(one.slice(0, 1).data, other.slice(0, 1).data);
    assert.notDeepEqual(one.slice(1).data, other.slice(1).data);
  });

  it('the record says that there were conditions, and without them the clip is not made again', async () => {
    const run = reference.index.conditioned[2]!;
    const conditions = await conditionsOf(run);
    const made = await later.generateVideo(run.prompt, { ...optionsOf(run), conditions });
    assert.deepEqual(made.provenance!.settings.shownClips, ['conditions']);
    await assert.rejects(rerun(later, made.provenance!, undefined, {}), { code: 'FL_RERUN_CLIPS', message: /conditions/ });
    assert.deepEqual(await framesOf(await rerun(later, made.provenance!, undefined, { conditions })), await framesOf(made));
  });

  it('is captured as the clip’s own frames, and goes on from a step bit for bit, with the same conditions', async () => {
    const run = reference.index.conditioned[4]!;
    const conditions = await conditionsOf(run);
    const made = await later.generateVideo(run.prompt, {
      ...optionsOf(run),
      conditions,
      capture: { latents: true, x0: true, frames: 'vae', attention: true, frameAttention: true },
    });
    const captured = made.run!;
    assertClose(await captured.latents(run.num_inference_steps), reference.tensor(run.latents), 'captured latents');
    assert.deepEqual([captured.latentFrames, (await captured.x0(1)).dims[0], (await captured.pictures(2)).length], [5, 5, run.frames]);
    assert.deepEqual((await captured.frameAttention()).dims, [5, 5]);
    const expected = await framesOf(made);
    for (const step of [0, 2]) assert.deepEqual(await framesOf(await captured.at(step).resume({ conditions })), expected, `step ${step}`);
    assert.notDeepEqual(await framesOf(await captured.at(1).resume({ conditions, prompt: 'a dog' })), expected);
    assert.deepEqual(await framesOf(await captured.at(2).resume({ conditions, latents: await captured.latents(2) })), expected);
    await assert.rejects(captured.at(2).resume(), { code: 'FL_RERUN_CLIPS', message: /conditions/ });
    await assert.rejects(captured.at(2).resume({ conditions: conditions[0]! }), {
      code: 'FL_ARGUMENT',
      message: /conditions.*those that the run had/,
    });
    await captured.close();
  });

  it('of a first picture alone goes on likewise, and a run without conditions takes none', async () => {
    const run = reference.index.conditioned[4]!;
    const { video } = (await conditionsOf(run))[0]!;
    const { width, height } = run;
    const size = { width, height, numFrames: 9, numInferenceSteps: 3, guidanceScale: 1, seed: 2, capture: { latents: true } };
    for (const model of [early, later]) {
      const conditions = { video };
      const made = await model.generateVideo(run.prompt, { ...size, conditions });
      assert.deepEqual(await framesOf(await made.run!.at(1).resume({ conditions })), await framesOf(made));
      await made.run!.close();
    }
    const { run: plain } = await later.generateVideo(run.prompt, size);
    await assert.rejects(plain!.at(1).resume({ conditions: { video } }), { code: 'FL_ARGUMENT', message: /conditions.*the run had none/ });
    await plain!.close();
  });

  it('frames of a clip that do not count are told', async () => {
    const video = await Video.fromFrames((await framesOf((await conditionsOf(reference.index.conditioned[3]!))[0]!.video)).slice(0, 7), {
      fps: 8,
    });
    const notices: string[] = [];
    const options = {
      numFrames: 9,
      width: 32,
      height: 32,
      numInferenceSteps: 1,
      seed: 1,
      onNotice: (text: string) => void notices.push(text),
    };
    await later.generateVideo('a', { ...options, conditions: { video } });
    assert.ok(
      notices.some((text) => /Of the 7 frames of the condition at frame 0 the first 1 count: as many as fit, 8n \+ 1/.test(text)),
      notices.join('\n'),
    );
  });

  it('refuses, before any work, conditions that cannot be kept', async () => {
    const run = reference.index.conditioned[3]!;
    const { video } = (await conditionsOf(run))[0]!;
    let steps = 0;
    const options = { ...optionsOf(run), callbackOnStepEnd: () => void steps++ };
    const refused = (model: LatentDiffusionModel, further: object, message: RegExp, code = 'FL_ARGUMENT') =>
      assert.rejects(model.generateVideo('a', { ...options, ...further }), { code, message });
    await refused(early, { conditions: { video, frameIndex: 8 } }, /before 0\.9\.5, which goes on from one picture alone/);
    await refused(early, { conditions: { video, strength: 0.5 } }, /before 0\.9\.5/);
    await refused(early, { conditions: [{ video }, { video }] }, /before 0\.9\.5/);
    await refused(later, { conditions: { video, frameIndex: 17 } }, /conditions\.frameIndex.*0 to 16/);
    await refused(later, { conditions: { video, frameIndex: 3 } }, /multiple of 8 for a clip of several frames/);
    await refused(later, { conditions: { video, frameIndex: 16 } }, /at least 9 frames that fit there/);
    await refused(later, { conditions: { video, strength: 2 } }, /conditions.*strength/);
    await refused(later, { conditions: [] }, /a condition \{ video, frameIndex, strength \}/);
    await refused(later, { conditions: { clip: video } }, /a condition/);
    await refused(later, { conditions: { video, frame: 3 } }, /has no "frame"/);
    await assert.rejects(later.editVideo(video, 'a', { conditions: { video } }), {
      code: 'FL_ARGUMENT',
      message: /left out where a clip is edited/,
    });
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    await refused(wan, { conditions: { video }, width: 32, height: 32 }, /LTX-Video.*Wan 2\.1/);
    await wan.release();
    assert.equal(steps, 0);
  });
});
