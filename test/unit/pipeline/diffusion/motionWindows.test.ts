import assert from 'node:assert/strict';
import { Generator, type Frame, type Tensor } from '../../../../src/pipeline/core/index.js';
import { type GenerateVideoOptions, LatentDiffusionModel, type Video } from '../../../../src/index.js';
import { windowsInside } from '../../../../src/pipeline/diffusion/index.js';
import type { ContextPlan } from '../../../../src/pipeline/diffusion/contextWindows.js';
import { prepareRun } from '../../../../src/pipeline/pipelines/prepare.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { checkpointFolder } from '../../../parity/checkpointFolder.js';
import { loadTinyModel, loadTinyMotionModel } from '../../../parity/tinyModels.js';
import { collect } from '../video/clips.js';

const prompt = 'a big red car moving right on a blue background';
const size = { width: 64, height: 64 };
const cheap = { numInferenceSteps: 3, seed: 3, guidanceScale: 3, ...size, onNotice: () => undefined };
const inside = { contextSchedule: 'static', contextFrames: 4, contextInside: 'motion-modules' } as const;
const plan: ContextPlan = { schedule: 'static', frames: 4, stride: 1, overlap: 2, weights: 'flat', inside: 'motion-modules' };

describe('windows inside of motion modules', () => {
  let model: LatentDiffusionModel;
  const { folder, remove } = checkpointFolder('sd1', 'animatediff-v2');
  before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await model?.release();
    remove();
  });
  const generate = async (options: GenerateVideoOptions, by = model) => by.generateVideo(prompt, { ...cheap, numFrames: 9, ...options });

  it('one window of all frames changes nothing, bit for bit; several do', async () => {
    const { guidance } = await prepareRun(model, prompt, cheap, { ...size, frames: 6, fps: 8 }, false);
    const [{ conditioning }] = guidance.terms;
    const latents = new Generator(1).randn([6, 4, 8, 8]);
    const predicted = async (frames: number): Promise<Tensor> =>
      model.unet.predict(latents, 500, { ...conditioning, rewrites: windowsInside(model, { ...plan, frames, overlap: frames >> 1 }) });
    const plain = await model.unet.predict(latents, 500, conditioning);
    assert.deepEqual((await predicted(6)).data, plain.data);
    assert.deepEqual((await predicted(20)).data, plain.data);
    assert.notDeepEqual((await predicted(4)).data, plain.data);
  });

  it('frames that no window holds together know nothing of each other, where nothing else joins them', async () => {
    const { guidance } = await prepareRun(model, prompt, cheap, { ...size, frames: 8, fps: 8 }, false);
    const [{ conditioning }] = guidance.terms;
    const told = { ...conditioning, rewrites: windowsInside(model, { ...plan, overlap: 0 }) };
    const latents = new Generator(1).randn([8, 4, 8, 8]);
    const other = latents.map((value, i) => (i < 256 ? -value : value));
    const [a, b] = [await model.unet.predict(latents, 500, told), await model.unet.predict(other, 500, told)];
    const apart = (frame: number) =>
      Math.max(...a.slice(frame, frame + 1).data.map((value, i) => Math.abs(value - b.slice(frame, frame + 1).data[i]!)));
    // The norm in front of a motion module sees the whole clip, so that a little goes everywhere.
    assert.ok(Math.min(apart(1), apart(2), apart(3)) > 2 * Math.max(apart(4), apart(5), apart(6), apart(7)));
  });

  it('a clip is recorded, made again from its record, and gone on with to the bit', async () => {
    const made = await generate({ ...inside, freeNoise: {}, capture: true });
    const frames = await collect(made.frames());
    const { contextInside, contextOverlap, contextWeights, freeNoise } = made.provenance!.settings as GenerateVideoOptions;
    assert.deepEqual([contextInside, contextOverlap, contextWeights, freeNoise?.contextLength], ['motion-modules', 1, 'pyramid', 4]);
    assert.deepEqual(await collect((await rerun(model, made.provenance!, undefined)).frames()), frames);
    assert.deepEqual(await framesOf(await made.run!.at(1).resume({ onNotice: () => undefined })), frames);
    await made.run!.close();
    assert.notDeepEqual(await framesOf(await generate({ ...inside, contextInside: undefined, freeNoise: {} })), frames);
    assert.notDeepEqual(await framesOf(await generate({ ...inside, freeNoise: {}, contextWeights: 'delayed-reverse-sawtooth' })), frames);
  });

  it('what cannot be is refused in a sentence, before anything is computed', async () => {
    const refused = (options: GenerateVideoOptions, message: RegExp, by = model) =>
      assert.rejects(generate({ ...inside, ...options, callbackOnStepEnd: () => assert.fail('a step was made') }, by), {
        code: 'FL_ARGUMENT',
        message,
      });
    await refused({ contextSchedule: 'uniform' }, /contextInside .*left out with contextSchedule "uniform".*"static"/);
    await refused({ contextSchedule: undefined, contextFrames: undefined }, /contextInside .*where there is no contextSchedule/);
    await refused({ contextFrames: 33 }, /contextFrames is 33.*at most 32/);
    await refused({ capture: { frameAttention: true } }, /capture.frameAttention .*left out with contextInside/);
    const [fixed, pictures] = [await loadTinyMotionModel(), await loadTinyModel('tiny-sd')];
    await refused({}, /contextInside .*exported for 4 frames/, fixed);
    await refused({}, /contextSchedule .*sees frames one by one/, pictures);
    await fixed.release();
    await pictures.release();
  });

  it('a network whose attention over frames is built in another way is refused by its name', async () => {
    const embedded = await LatentDiffusionModel.fromPretrained('motion-stickers');
    await assert.rejects(generate({ ...inside, contextFrames: 8, numFrames: 12 }, embedded), {
      code: 'FL_ONNX_UNSUPPORTED',
      message: /attn_temp is not built as in AnimateDiff's motion modules.*Leave contextInside out/,
    });
    await embedded.release();
  });
});

async function framesOf(video: Video): Promise<Frame[]> {
  return collect(video.frames());
}
