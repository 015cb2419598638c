import assert from 'node:assert/strict';
import path from 'node:path';
import { ContextUNet } from '../../../../src/pipeline/diffusion/contextUNet.js';
import { NetworkCalls } from '../../../../src/pipeline/diffusion/networkCalls.js';
import { ProgressTracker } from '../../../../src/pipeline/diffusion/progress.js';
import { Generator, Tensor, weightedSum, type Frame } from '../../../../src/pipeline/core/index.js';
import { prepareRun } from '../../../../src/pipeline/pipelines/prepare.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { requireMemory, heldFrames } from '../../../../src/pipeline/pipelines/requireMemory.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { inTinyFolder, loadTinyModel, loadTinyMotionModel } from '../../../parity/tinyModels.js';

const samples = path.join(__dirname, '../../../../media/samples');
const prompt = 'a big red car moving right on a blue background';
const size = { width: 64, height: 64 };
const cheap = { numInferenceSteps: 3, seed: 3, ...size };
const shape = { ...size, frames: 12, fps: 8 };

describe('clips longer than a motion model sees, predicted as one', () => {
  let model: LatentDiffusionModel;
  let trained: LatentDiffusionModel;
  let folder: Promise<void>;
  let leaveFolder: () => void;
  before(async () => {
    // An edit that looks for its mask opens the network's file once more.
    model = await new Promise<LatentDiffusionModel>((resolve, reject) => {
      folder = inTinyFolder(['tiny-motion-free'], async (place) => {
        resolve(await LatentDiffusionModel.fromPretrained(place, { threads: 1 }));
        await new Promise<void>((done) => (leaveFolder = done));
      });
      folder.catch(reject);
    });
    trained = await LatentDiffusionModel.fromPretrained('motion-stickers');
  });
  after(async () => {
    await model.release();
    await trained.release();
    leaveFolder();
    await folder;
  });

  it('the prediction of each frame is the weighted mean of those of the windows that see it', async () => {
    const { guidance } = await prepareRun(model, prompt, cheap, shape, false);
    const [{ conditioning }] = guidance.terms;
    const plan = { schedule: 'static', frames: 8, stride: 1, overlap: 4, weights: 'pyramid' } as const;
    const latents = new Generator(1).randn([12, 4, 8, 8]);
    const unet = new ContextUNet(model.unet, plan, [900, 500, 100], undefined);
    const predicted = await unet.predict(latents, 500, conditioning);
    const first = await model.unet.predict(latents.slice(0, 8), 500, conditioning);
    const second = await model.unet.predict(latents.slice(4, 12), 500, conditioning);
    assert.deepEqual(predicted.slice(0, 4).data, first.slice(0, 4).data);
    assert.deepEqual(predicted.slice(8).data, second.slice(4).data);
    for (const [i, [a, b]] of [
      [4, 1],
      [3, 2],
      [2, 3],
      [1, 4],
    ].entries()) {
      const mean = weightedSum([a! / 5, first.slice(4 + i, 5 + i)], [b! / 5, second.slice(i, i + 1)]);
      assert.ok(furthest(predicted.slice(4 + i, 5 + i), mean) < 1e-5);
    }
  });

  it('attention is seen of every frame, and the prediction stays what it is', async () => {
    const { guidance } = await prepareRun(trained, prompt, cheap, shape, false);
    const [{ conditioning }] = guidance.terms;
    const plan = { schedule: 'static', frames: 8, stride: 1, overlap: 4, weights: 'pyramid' } as const;
    const latents = new Generator(1).randn([12, 8, 8, 8]);
    const unet = new ContextUNet(trained.unet, plan, [900, 500, 100], undefined);
    const tap = await trained.unet.tap({ kinds: ['cross'], tokens: [1, 2] });
    const seen = await unet.predictTapped(latents, 500, conditioning, tap);
    assert.deepEqual(seen.prediction.data, (await unet.predict(latents, 500, conditioning)).data);
    for (const maps of seen.attention.values()) assert.equal(maps.dims[0], 12);
  });

  it('a clip that fits into one window is, bit for bit, the one without windows', async () => {
    const plain = await framesOf(await model.generateVideo(prompt, { ...cheap, numFrames: 8 }));
    const context = { contextSchedule: 'uniform', contextFrames: 8 } as const;
    assert.deepEqual(await framesOf(await model.generateVideo(prompt, { ...cheap, numFrames: 8, ...context })), plain);
  });

  it('a record that names frames of a context and no schedule, as earlier versions wrote, is made again without', async () => {
    const made = await model.generateVideo(prompt, { ...cheap, numFrames: 2 });
    const older = { ...made.provenance!, settings: { ...made.provenance!.settings, contextFrames: 8 } };
    assert.deepEqual(await framesOf(await rerun(model, older, undefined)), await framesOf(made));
  });

  it('a long clip is told step by step as one, recorded, and can be made again and gone on with to the bit', async () => {
    const spans: string[] = [];
    const made = await model.generateVideo(prompt, {
      ...cheap,
      numFrames: 13,
      contextSchedule: 'uniform',
      contextFrames: 6,
      contextOverlap: 3,
      contextStride: 2,
      contextWeights: 'overlap-linear',
      capture: true,
      callbackOnStepEnd: ({ frames, latents }) => void spans.push(`${frames.start}-${frames.end} of ${latents.dims[0]}`),
    });
    assert.deepEqual(spans, Array(3).fill('0-13 of 13'));
    const { contextSchedule, contextFrames, contextStride, contextOverlap, contextWeights } = made.provenance!.settings;
    assert.deepEqual(
      [contextSchedule, contextFrames, contextStride, contextOverlap, contextWeights],
      ['uniform', 6, 2, 3, 'overlap-linear'],
    );
    const frames = await framesOf(made);
    assert.equal(frames.length, 13);
    assert.deepEqual(await framesOf(await made.run!.at(2).resume()), frames);
    assert.deepEqual(await framesOf(await rerun(model, made.provenance!, undefined)), frames);
    const { contextFrames: _, ...older } = made.provenance!.settings;
    await assert.rejects(
      rerun(model, { ...made.provenance!, settings: { ...older, contextFrames: 'six' } }, undefined),
      /FL_RERUN_RECORD|contextFrames/,
    );
  });

  it('a loop closes: its last frame is as near to its first as any two neighbours', async () => {
    const make = async (contextSchedule: 'looped' | 'static', seed: number) =>
      framesOf(await trained.generateVideo(prompt, { ...cheap, seed, numInferenceSteps: 6, numFrames: 12, contextSchedule }));
    const sums = { seam: 0, between: 0, open: 0 };
    // Clips whose subject turns back at the end have their greatest change there: of several clips together the seam stands out no more than others.
    for (const seed of [1, 2, 3, 4]) {
      const frames = await make('looped', seed);
      const between = frames.map((frame, i) => distance(frame, frames[(i + 1) % frames.length]!));
      sums.seam += between.pop()!;
      sums.between += Math.max(...between);
      const open = await make('static', seed);
      sums.open += distance(open.at(-1)!, open[0]!);
    }
    assert.ok(sums.seam <= sums.between, JSON.stringify(sums));
    assert.ok(sums.seam < sums.open, 'a clip that is no loop has a seam');
  });

  it('an edit works on the whole clip at once; windowFrames cuts it', async () => {
    const clip = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 12, ...size });
    const said = { ...cheap, method: 'diffedit', sourcePrompt: prompt, contextSchedule: 'static', contextFrames: 6 } as const;
    const target = 'a big green car moving right on a blue background';
    const spans = new Set<string>();
    const edited = await model.editVideo(clip, target, {
      ...said,
      callbackOnStepEnd: ({ frames }) => void spans.add(`${frames.start}-${frames.end}`),
    });
    assert.deepEqual([...spans], ['0-12']);
    const { windowFrames, contextOverlap } = edited.provenance!.settings;
    assert.deepEqual([windowFrames, contextOverlap], [12, 1]);
    assert.deepEqual(await framesOf(await rerun(model, edited.provenance!, clip)), await framesOf(edited));
    spans.clear();
    await model.editVideo(clip, target, {
      ...said,
      windowFrames: 8,
      callbackOnStepEnd: ({ frames }) => void spans.add(`${frames.start}-${frames.end}`),
    });
    assert.deepEqual([...spans], ['0-8', '4-12']);
    await assert.rejects(
      model.editVideo(clip, target, { ...said, contextSchedule: 'looped', windowFrames: 8 }),
      /windowFrames.*at least the clip's 12 frames, with contextSchedule "looped"/,
    );
    await clip.close();
  });

  it('ends between two windows when it is interrupted', async () => {
    const { guidance } = await prepareRun(model, prompt, cheap, shape, false);
    const stop = new AbortController();
    const plan = { schedule: 'static', frames: 4, stride: 1, overlap: 0, weights: 'flat' } as const;
    const unet = new ContextUNet(model.unet, plan, [500], new NetworkCalls(new ProgressTracker(undefined), stop.signal).predicting);
    const predicted = unet.predict(Tensor.zeros([12, 4, 8, 8]), 500, guidance.terms[0].conditioning);
    stop.abort();
    await assert.rejects(predicted, { name: 'AbortError' });
  });

  it('is told beforehand what memory it takes: the frames of the clip, and the network for a window', () => {
    const large = { width: 128, height: 128 };
    const plan = { schedule: 'static', frames: 8, stride: 1, overlap: 2, weights: 'flat' } as const;
    const needs = (frames: number) => trained.needsOf({ ...large, ...heldFrames(plan, frames) });
    assert.deepEqual(heldFrames(plan, 8), { frames: 8 });
    // Each frame of the clip counts alike; as numbers only those of a call are held.
    assert.equal(needs(240).frameBytes - needs(120).frameBytes, 2 * (needs(120).frameBytes - needs(60).frameBytes));
    assert.ok(needs(240).frameBytes < 30 * needs(8).frameBytes);
    assert.equal(needs(240).runningBytes - needs(240).frameBytes, needs(8).runningBytes - needs(8).frameBytes);
    const most = needs(2500).runningBytes;
    assert.throws(
      () =>
        requireMemory(
          trained,
          {},
          { ...large, ...heldFrames(plan, 10_000) },
          'windowFrames',
          () => ({ freeBytes: most, of: 'test' }) as never,
        ),
      { code: 'FL_MEMORY_SHORT', message: /10000 frames of 128 × 128.*With windowFrames: 2500 /s },
    );
  });

  it('what does not go together is refused in a sentence, before anything is computed', async () => {
    const refused = (options: object, message: RegExp) =>
      assert.rejects(model.generateVideo(prompt, { ...cheap, numFrames: 12, ...options }), { code: 'FL_ARGUMENT', message });
    await refused({ contextFrames: 8 }, /contextFrames.*left out where there is no contextSchedule/);
    await refused({ contextSchedule: 'round' }, /contextSchedule.*"uniform", "static", "looped"/);
    await refused({ contextSchedule: 'static', contextStride: 2 }, /contextStride.*1, or left out, with contextSchedule "static"/);
    await refused({ contextSchedule: 'static', contextFrames: 6, contextOverlap: 6 }, /contextOverlap.*from 0 to 5/);
    await refused({ contextSchedule: 'static', contextOverlap: 4 }, /contextOverlap.*from 0 to 3 \(a window has 4 frames\)/);
    await refused({ contextSchedule: 'static', crossFrame: 'first' }, /crossFrame.*left out with contextSchedule: windows lie elsewhere/);
    const motion = await loadTinyMotionModel();
    const pictures = await loadTinyModel('tiny-sd');
    await assert.rejects(motion.generateVideo('a', { contextSchedule: 'static', contextFrames: 3 }), /contextFrames/);
    await assert.rejects(pictures.generateVideo('a', { contextSchedule: 'static' }), /which sees frames one by one/);
    await motion.release();
    await pictures.release();
  });
});

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

function distance(a: Frame, b: Frame): number {
  return Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length);
}

function furthest(a: Tensor, b: Tensor): number {
  return Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i]!)));
}
