import assert from 'node:assert/strict';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { prepareRun } from '../../../../src/pipeline/pipelines/prepare.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { Generator, weightedSum, type Frame } from '../../../../src/pipeline/core/index.js';
import type { Video } from '../../../../src/pipeline/video/index.js';
import { checkpointFolder } from '../../../parity/checkpointFolder.js';
import { inTinyFolder, loadTinyModel } from '../../../parity/tinyModels.js';

const size = { width: 64, height: 64 };
const cheap = { numInferenceSteps: 2, seed: 3, ...size };
const shape = { ...size, frames: 6, fps: 8 };

describe('a prompt that travels over the frames', () => {
  let motion: LatentDiffusionModel;
  let pictures: LatentDiffusionModel;
  before(async () => {
    motion = await inTinyFolder(['tiny-motion-free'], (folder) => LatentDiffusionModel.fromPretrained(folder, { threads: 1 }));
    pictures = await loadTinyModel('tiny-sd');
  });
  after(async () => {
    await motion.release();
    await pictures.release();
  });

  it('tells frames at a keyframe its text, those between two what lies between, and keeps the last', async () => {
    const run = await prepareRun(motion, 'a', { ...cheap, promptTravel: { 4: 'a balloon', 0: 'the sea' } }, shape, false);
    const [sea, balloon] = [(await run.condition('the sea')).embeddings, (await run.condition('a balloon')).embeddings];
    const told = (await run.guide({ start: 1, end: 7 }))({ index: 0, steps: 2 }).terms;
    const { embeddings } = told[0].conditioning;
    assert.equal(embeddings.dims[0], 6);
    for (const [row, share] of [0.25, 0.5, 0.75, 1, 1, 1].entries())
      assert.deepEqual(embeddings.slice(row, row + 1).data, (share === 1 ? balloon : weightedSum([1 - share, sea], [share, balloon])).data);
    assert.equal(told[1]!.conditioning.embeddings.dims[0], 1, 'the negative prompt stays');
  });

  it('a picture model draws every frame from its own text, and one text everywhere is the plain prompt', async () => {
    const plain = async (prompt: string) => framesOf(await pictures.generateVideo(prompt, { ...cheap, numFrames: 3 }));
    const [sea, balloon] = [await plain('the sea'), await plain('a balloon')];
    const travel = async (promptTravel: Record<number, string>) =>
      framesOf(await pictures.generateVideo('the sea', { ...cheap, numFrames: 3, promptTravel }));
    const there = await travel({ 0: 'the sea', 2: 'a balloon' });
    assert.ok(nearest(there[0]!, sea[0]!) <= 1 && nearest(there[2]!, balloon[2]!) <= 1);
    assert.ok(nearest(there[1]!, sea[1]!) > 0 || nearest(there[1]!, balloon[1]!) > 0);
    for (const [i, frame] of (await travel({ 0: 'the sea' })).entries()) assert.ok(nearest(frame, sea[i]!) <= 1);
  });

  it('a motion network with a row of text for each frame is told each', async () => {
    const { unet } = motion;
    assert.ok(unet.textPerFrame);
    const run = await prepareRun(motion, 'the sea', { ...cheap, promptTravel: { 0: 'the sea', 5: 'a balloon' } }, shape, false);
    const latents = new Generator(1).randn([6, 4, 8, 8]);
    const [{ conditioning }] = (await run.guide({ start: 0, end: 6 }))({ index: 0, steps: 2 }).terms;
    const travelled = await unet.predict(latents, 500, conditioning);
    const sea = await unet.predict(latents, 500, await run.condition('the sea'));
    assert.notDeepEqual(travelled.data, sea.data);
  });

  it('AnimateDiff built from a checkpoint is told each frame its text', async () => {
    const place = checkpointFolder('sd1', 'animatediff-v2');
    const built = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 });
    assert.ok(built.unet.textPerFrame);
    const run = await prepareRun(built, 'the sea', { ...cheap, promptTravel: { 0: 'the sea', 3: 'a balloon' } }, shape, false);
    const latents = new Generator(1).randn([4, 4, 8, 8]);
    const [{ conditioning }] = (await run.guide({ start: 0, end: 4 }))({ index: 0, steps: 2 }).terms;
    const sea = await built.unet.predict(latents, 500, await run.condition('the sea'));
    const differs = weightedSum([1, await built.unet.predict(latents, 500, conditioning)], [-1, sea]);
    assert.ok(differs.slice(3).range().max > 0);
    await built.release();
    place.remove();
  });

  it('is recorded, made again and gone on with to the bit; another prompt takes its place', async () => {
    const made = await motion.generateVideo('the sea', {
      ...cheap,
      numFrames: 9,
      contextSchedule: 'uniform',
      contextFrames: 4,
      promptTravel: { 0: 'the sea', 6: 'a balloon' },
      capture: true,
    });
    assert.deepEqual(made.provenance!.settings.promptTravel, { 0: 'the sea', 6: 'a balloon' });
    const frames = await framesOf(made);
    assert.deepEqual(await framesOf(await made.run!.at(1).resume()), frames);
    assert.deepEqual(await framesOf(await rerun(motion, made.provenance!, undefined)), frames);
    const branch = await made.run!.at(1).resume({ prompt: 'a balloon' });
    assert.equal(branch.provenance!.settings.promptTravel, undefined);
    assert.deepEqual(await framesOf(await rerun(motion, branch.provenance!, undefined)), await framesOf(branch));
    await made.run!.close();
  });

  it('gaps, bad frames and networks that cannot are refused in a sentence, before anything is computed', async () => {
    const refused = (promptTravel: unknown, message: RegExp, more: object = {}) =>
      assert.rejects(motion.generateVideo('a', { ...cheap, numFrames: 4, promptTravel: promptTravel as never, ...more }), {
        code: 'FL_ARGUMENT',
        message,
      });
    await refused({ 2: 'the sea' }, /promptTravel.*what holds before frame 2 is missing/);
    await refused({}, /promptTravel.*texts by frames, from frame 0 on/);
    await refused({ 0: 'a', '-1': 'b' }, /"-1" is no frame/);
    await refused({ 0: 'a', 1.5: 'b' }, /"1.5" is no frame/);
    await refused({ 0: 'a', 2: ' ' }, /frame 2 has no text/);
    await refused({ 0: 'a', 4: 'b' }, /of frames 0 to 3: the clip has 4/);
    await refused({ 0: 'a' }, /left out where attention is captured/, { capture: { attention: true } });
    await refused({ 0: 'a' }, /promptTravel.*left out with attentionControl/, { attentionControl: { words: { a: 2 } } });
    const regions = [{ prompt: 'the sea', region: [0, 0.5, 1, 0.5] }];
    await refused({ 0: 'a' }, /promptTravel.*left out with regionalPrompts/, { regionalPrompts: regions });
    const trained = await LatentDiffusionModel.fromPretrained('motion-stickers');
    await assert.rejects(
      trained.generateVideo('a big red car', { numFrames: 4, promptTravel: { 0: 'a big red car' } }),
      /given with contextSchedule.*one text for all frames/,
    );
    await trained.release();
  });
});

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

/** The largest difference of two pictures, in levels of 255. */
function nearest(a: Frame, b: Frame): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
