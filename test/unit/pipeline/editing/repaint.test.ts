import assert from 'node:assert/strict';
import { type EditVideoOptions, LatentDiffusionModel, Mask, type Progress, Video } from '../../../../src/index.js';
import { atLevel, broughtUp, levelsOf } from '../../../../src/pipeline/editing/resampling.js';
import { Generator, Tensor } from '../../../../src/pipeline/core/index.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { chosenScheduler } from '../../../../src/pipeline/schedulers/index.js';
import { checkpoint, checkpointFolder } from '../../../parity/checkpointFolder.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';
import { collect, numberedFrame } from '../video/clips.js';

const mask = Mask.rectangle({ x: 16, y: 24, width: 24, height: 24 });
const common = { method: 'repaint', numInferenceSteps: 4, guidanceScale: 3, seed: 2, onNotice: () => undefined } as const;

describe('RePaint', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    clip = await Video.fromFrames(
      [1, 2].map((number) => numberedFrame(number, 64, 64)),
      { fps: 8 },
    );
  });
  after(async () => {
    await model.release();
    await clip.close();
  });
  const edit = (options: EditVideoOptions, by = model) =>
    by.editVideo(clip, 'a balloon', { ...common, mask, width: 64, height: 64, ...options });

  it('changes what the mask marks alone, goes over each stretch as often as said, and is made again from its record', async () => {
    const steps: number[] = [];
    const progress: Progress[] = [];
    const made = await edit({
      jumpLength: 1,
      jumpNSample: 3,
      callbackOnStepEnd: ({ step, steps: all }) => void (assert.equal(all, 4 + 2 * 3), steps.push(step)),
      onProgress: (state) => void progress.push(state),
    });
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const [frames, source] = [await collect(made.frames()), await collect(clip.frames())];
    assert.equal(Math.max(...progress.map(({ fraction }) => fraction ?? 0)), 1);
    for (const [i, { data }] of frames.entries()) {
      const changed = Array.from({ length: 64 * 64 }, (_, at) =>
        data.subarray(3 * at, 3 * at + 3).some((v, c) => v !== source[i]!.data[3 * at + c]),
      );
      const inside = (at: number) => at % 64 >= 16 && at % 64 < 40 && at >= 24 * 64 && at < 48 * 64;
      assert.ok(changed.every((is, at) => !is || inside(at)));
      assert.ok(changed.filter(Boolean).length > 300);
    }
    const { jumpLength, jumpNSample, method, strength } = made.provenance!.settings as EditVideoOptions;
    assert.deepEqual([method, strength, jumpLength, jumpNSample], ['repaint', 1, 1, 3]);
    assert.deepEqual(await collect((await rerun(model, made.provenance!, clip)).frames()), frames);
    assert.notDeepEqual(await collect((await edit({ jumpLength: 1, jumpNSample: 2 })).frames()), frames);
  });

  it('a callback may end it between two steps, a signal too', async () => {
    let last = 0;
    await (await edit({ callbackOnStepEnd: ({ step }) => ((last = step), { stop: step === 2 }) })).close();
    assert.equal(last, 2);
    const controller = new AbortController();
    const interrupted = edit({ signal: controller.signal, callbackOnStepEnd: ({ step }) => void (step === 3 && controller.abort()) });
    await assert.rejects(interrupted, { name: 'AbortError' });
  });

  it('what it cannot do is refused in a sentence, before anything is computed', async () => {
    const refused = (options: EditVideoOptions, message: RegExp, by = model) =>
      assert.rejects(edit({ ...options, callbackOnStepEnd: () => assert.fail('a step was made') }, by), { code: 'FL_ARGUMENT', message });
    await refused({ mask: undefined }, /mask .*given with the method "repaint".*a rectangle, a picture or a word/);
    await refused({ jumpLength: 4 }, /jumpLength is 4, but it must be below 4, the steps that are run/);
    await refused({ jumpLength: 2, strength: 0.5 }, /jumpLength is 2, but it must be below 2/);
    await refused({ jumpNSample: 0 }, /jumpNSample is 0, but it must be a whole number from 1 to 100/);
    await refused({ guidanceStart: 0.5 }, /guidanceStart .*"repaint", which has a loop of its own/);
    await refused({ strength: { 0: 0.5, 1: 1 } }, /strength .*one number with the method "repaint"/);
    await assert.rejects(edit({ capture: true }), { code: 'FL_CAPTURE_LOOP' });
    const place = checkpointFolder('sd1', 'inpainting');
    const inpainting = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 });
    await refused({}, /method is "repaint".*"sdedit" with .*sees the mask/, inpainting);
    await inpainting.release();
    place.remove();
    await (await edit({ jumpLength: 9, jumpNSample: 1 })).close();
  });

  it('fills in with a flow model, whose latents come in two kinds of frames', async () => {
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    const five = await Video.fromFrames(
      [1, 2, 3, 4, 5].map((number) => numberedFrame(number, 64, 48)),
      { fps: 8 },
    );
    const box = Mask.rectangle({ x: 32, y: 0, width: 32, height: 48 });
    const options = { ...common, mask: box, width: 64, height: 48, jumpLength: 1, jumpNSample: 2 };
    const [made, source] = [await collect((await wan.editVideo(five, 'a red car', options)).frames()), await collect(five.frames())];
    for (const [i, { data }] of made.entries()) {
      const at = Array.from(data.keys()).filter((value) => data[value] !== source[i]!.data[value]);
      assert.ok(at.length > 500 && at.every((value) => Math.floor(value / 3) % 64 >= 32));
    }
    await wan.release();
  });
});

describe('the forward process between two levels', () => {
  for (const name of ['ddim', 'euler', 'FlowMatchEulerDiscreteScheduler'])
    it(`${name}: noise added in two goes is as much as in one, and the clean sample as faint`, () => {
      const scheduler = chosenScheduler(name, {});
      scheduler.setTimesteps(8);
      const levels = levelsOf(scheduler);
      assert.deepEqual(levels.at(-1), { signal: 1, noise: 0 });
      const clean = Tensor.zeros([1, 1, 200, 200]).map(() => 2);
      const noise = new Generator(3);
      const low = atLevel(clean, levels[6]!, noise);
      const high = broughtUp(broughtUp(low, levels[6]!, levels[4]!, noise), levels[4]!, levels[1]!, noise);
      const mean = high.data.reduce((sum, value) => sum + value, 0) / high.size;
      const deviation = Math.sqrt(high.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / high.size);
      const { signal, noise: wanted } = levels[1]!;
      assert.ok(Math.abs(mean - 2 * signal) < 0.03 * wanted, `mean ${mean}, not ${2 * signal}`);
      assert.ok(Math.abs(deviation / wanted - 1) < 0.02, `deviation ${deviation}, not ${wanted}`);
    });
});
