import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Run } from '../../src/pipeline/capture/index.js';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { Mask } from '../../src/pipeline/masks/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

describe('runs of models that compress time, captured', () => {
  const reference = new ReferenceFile<{ runs: { source?: Stored }[] }>('wanRuns');
  const source = reference.frames(reference.index.runs.at(-1)!.source!);
  const clipOf = (frames: readonly Frame[]) => Video.fromFrames(frames, { fps: 8 });
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 })));
  after(() => model?.release());
  const options = { numInferenceSteps: 4, guidanceScale: 3, seed: 5, width: 64, height: 48 };

  it('latents have latent frames, pictures the frames of the clip', async () => {
    const { run } = await model.generateVideo('a', {
      ...options,
      numFrames: 9,
      capture: { latents: true, x0: true, noise: true, frames: 'vae' },
    });
    assert.deepEqual(
      [run!.frames, run!.latentFrames, run!.latentFrameOf(0), run!.latentFrameOf(4), run!.latentFrameOf(5)],
      [9, 3, 0, 1, 2],
    );
    for (const tensor of [await run!.latents(0), await run!.latents(4), await run!.x0(2), (await run!.noise(3)).difference!])
      assert.deepEqual(tensor.dims, [3, 4, 6, 8]);
    assert.equal((await run!.pictures(4)).length, 9);
    const linear = await run!.pictures(4, { decoder: 'linear' });
    assert.deepEqual([linear.length, linear[1] === linear[4], linear[4] === linear[5]], [9, true, false]);
    assert.equal((await run!.pictures(4, { of: 'latents', decoder: 'vae' })).length, 9);
    await run!.close();
  });

  for (const [title, make] of [
    ['a clip made', () => model.generateVideo('a', { ...options, numFrames: 9, capture: true })],
    [
      'an edit of a clip of another length',
      async () => model.editVideo(await clipOf(source.slice(0, 6)), 'a', { ...options, strength: 0.9, capture: true }),
    ],
  ] as const)
    it(`${title} goes on from every step bit for bit, and with another prompt to another end`, async () => {
      const made = await make();
      const expected = await framesOf(made);
      for (const step of [0, 2]) assert.deepEqual(await framesOf(await made.run!.at(step).resume()), expected, `step ${step}`);
      assert.notDeepEqual(await framesOf(await made.run!.at(1).resume({ prompt: 'a dog' })), expected);
      const latents = (await made.run!.latents(2)).map((value) => value * 0.5);
      assert.equal((await framesOf(await made.run!.at(2).resume({ latents }))).length, expected.length);
      await assert.rejects(made.run!.at(2).resume({ latents: latents.slice(1) }), { code: 'FL_ARGUMENT', message: /latents/ });
      await made.run!.close();
    });

  it('a run that was saved is the same when it is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frameloom-run-'));
    try {
      const made = await model.generateVideo('a', { ...options, numFrames: 5, capture: { latents: true, x0: true, frames: 'linear' } });
      await made.run!.save(join(folder, 'run'));
      const read = await Run.load(join(folder, 'run'), { model });
      assert.deepEqual([read.frames, read.latentFrames], [5, 2]);
      assert.deepEqual(await read.latents(3), await made.run!.latents(3));
      assert.equal((await read.pictures(2)).length, 5);
      assert.deepEqual(await framesOf(await read.at(2).resume()), await framesOf(made));
      await read.close();
      await made.run!.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('VACE goes on with what it was shown', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const mask = await clipOf([source[3]!]);
      const made = await vace.editVideo(await clipOf(source), 'a', { ...options, mask, capture: true });
      assert.deepEqual(await framesOf(await made.run!.at(2).resume({ mask })), await framesOf(made));
      await assert.rejects(made.run!.at(2).resume(), { code: 'FL_RERUN_CLIPS' });
      await made.run!.close();
    } finally {
      await vace.release();
      remove();
    }
  });

  it('VACE with reference pictures: what is seen is the clip’s, and it goes on bit for bit, edited or made', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    const saved = mkdtempSync(join(tmpdir(), 'frameloom-run-'));
    try {
      const referenceImages = [await clipOf([source[0]!]), await clipOf([source[4]!])];
      const capture = { latents: true, x0: true, noise: true, frames: 'vae', attention: true, frameAttention: true } as const;
      const shown = { ...options, referenceImages };
      const seen: Tensor[] = [];
      const callbackOnStepEnd = ({ latents }: { latents: Tensor }) => void seen.push(latents);
      for (const [title, make] of [
        ['made', () => vace.generateVideo('a', { ...shown, numFrames: 9, capture, callbackOnStepEnd })],
        ['edited', async () => vace.editVideo(await clipOf(source.slice(0, 9)), 'a', { ...shown, capture, callbackOnStepEnd })],
      ] as const) {
        const made = await make();
        const run = made.run!;
        const expected = await framesOf(made);
        assert.deepEqual([seen.at(-1)!.dims[0], run.latentFrames], [5, 3], title);
        assert.deepEqual(await run.latents(4), seen.at(-1)!.slice(2), title);
        for (const tensor of [await run.latents(0), await run.x0(2), (await run.noise(3)).conditional])
          assert.deepEqual(tensor.dims, [3, 4, 6, 8]);
        assert.equal((await run.pictures(3)).length, 9);
        assert.equal(run.attention('a').mass().at(-1)!.length, 3);
        const between = await run.frameAttention();
        assert.deepEqual(between.dims, [3, 3]);
        for (let row = 0; row < 3; row++)
          assert.ok(
            Math.abs(between.slice(row, row + 1).data.reduce((sum, value) => sum + value, 0) - 1) < 2e-3,
            'what each frame looks at sums to 1',
          );
        for (const step of [0, 2])
          assert.deepEqual(await framesOf(await run.at(step).resume({ referenceImages })), expected, `${title}, step ${step}`);
        assert.notDeepEqual(await framesOf(await run.at(1).resume({ referenceImages, prompt: 'a dog' })), expected);
        assert.deepEqual(await framesOf(await run.at(2).resume({ referenceImages, latents: await run.latents(2) })), expected);
        await assert.rejects(run.at(2).resume({ referenceImages: referenceImages[0]! }), {
          code: 'FL_ARGUMENT',
          message: /referenceImages.*as many as the run had, 2/,
        });
        await assert.rejects(run.at(2).resume(), { code: 'FL_RERUN_CLIPS' });
        await run.save(join(saved, title));
        const read = await Run.load(join(saved, title), { model: vace });
        assert.deepEqual(await read.frameAttention(), between);
        assert.deepEqual(await framesOf(await read.at(2).resume({ referenceImages })), expected);
        await read.close();
        await run.close();
      }
    } finally {
      await vace.release();
      remove();
      rmSync(saved, { recursive: true });
    }
  });

  describe('over several windows', () => {
    // Windows of 5 frames, of which neighbours share 2: 0 to 5, 3 to 8, 6 to 11, and 8 to 13, which is whole.
    const windows = { windowFrames: 5, windowOverlap: 2 };
    const longer = [...source, ...source.slice(0, 4)].slice(0, 13);
    const edit = async (further: object = {}) =>
      model.editVideo(await clipOf(longer), 'a', { ...options, ...windows, strength: 0.9, capture: true, ...further });

    it('latents of the windows lie one behind the other, and decoded they are the clip', async () => {
      const made = await edit({ capture: { latents: true, x0: true, noise: true } });
      const run = made.run!;
      assert.deepEqual([run.frames, run.latentFrames], [13, 8]);
      // Two latent frames a window, of which the first stands for its first frame alone; shared frames belong to the nearer window.
      assert.deepEqual(
        Array.from({ length: 13 }, (_, frame) => run.latentFrameOf(frame)),
        [0, 1, 1, 1, 3, 3, 3, 5, 5, 7, 7, 7, 7],
      );
      for (const tensor of [await run.latents(0), await run.x0(2), (await run.noise(3)).conditional])
        assert.deepEqual(tensor.dims, [8, 4, 6, 8]);
      const expected = await framesOf(made);
      assert.deepEqual(await run.pictures(run.stepCount, { of: 'latents', decoder: 'vae' }), expected);
      assert.equal((await run.pictures(2, { decoder: 'linear' })).length, 13);
      await run.close();
    });

    for (const [title, further] of [
      ['', {}],
      [' with noise drawn on the way', { scheduler: 'FlowMatchEulerDiscreteScheduler' }],
      [' within a mask', { mask: Mask.rectangle({ x: 0, y: 0, width: 32, height: 48 }) }],
    ] as const)
      it(`it goes on bit for bit from every step${title}, saved or not, and from latents that are given`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'frameloom-run-'));
        try {
          const made = await edit({ ...further, capture: { latents: true, frames: 'vae' } });
          const run = made.run!;
          const expected = await framesOf(made);
          for (const step of [0, 2]) assert.deepEqual(await framesOf(await run.at(step).resume()), expected, `step ${step}`);
          const latents = await run.latents(2);
          assert.deepEqual(await framesOf(await run.at(2).resume({ latents })), expected, 'its own latents');
          assert.notDeepEqual(await framesOf(await run.at(2).resume({ latents: latents.map((value) => value * 0.5) })), expected);
          await assert.rejects(run.at(2).resume({ latents: latents.slice(1) }), {
            code: 'FL_ARGUMENT',
            message: /latents.*\[8, 4, 6, 8\]/,
          });
          await run.save(join(folder, 'run'));
          const read = await Run.load(join(folder, 'run'), { model });
          assert.deepEqual([read.latentFrames, (await read.pictures(2)).length], [8, 13]);
          assert.deepEqual(await read.latents(2), latents);
          assert.deepEqual(await framesOf(await read.at(1).resume()), expected);
          await read.close();
          await run.close();
        } finally {
          rmSync(folder, { recursive: true });
        }
      });

    it('words are where each window has them, and frames look at those of their own window alone', async () => {
      const { run } = await edit({ capture: { attention: true, frameAttention: true } });
      const word = run!.attention('a');
      assert.deepEqual([(await word.maps()).dims[0], word.mass().at(-1)!.length], [8, 8]);
      assert.equal((await word.mask(0.5)).video.frameCount, 13);
      const between = await run!.frameAttention();
      assert.deepEqual(between.dims, [8, 8]);
      for (let row = 0; row < 8; row++) {
        const looked = [...between.slice(row, row + 1).data];
        assert.ok(Math.abs(looked.reduce((sum, value) => sum + value, 0) - 1) < 2e-3, `row ${row}`);
        assert.ok(
          looked.every((value, key) => value > 0 === (key >> 1 === row >> 1)),
          `row ${row}`,
        );
      }
      await run!.close();
    });
  });
});
