import assert from 'node:assert/strict';
import path from 'node:path';
import type { Progress } from '../../../../src/pipeline/diffusion/options.js';
import { prepareRun } from '../../../../src/pipeline/pipelines/prepare.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { blend } from '../../../../src/pipeline/diffusion/keptRegion.js';
import { findChangeMap } from '../../../../src/pipeline/editing/changeMask.js';
import { makeEditMask } from '../../../../src/pipeline/editing/editMask.js';
import { invert } from '../../../../src/pipeline/editing/inversion.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { weightedSum } from '../../../../src/pipeline/core/weightedSum.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { psnr, type Region } from '../../../../src/pipeline/metrics/index.js';
import { Video } from '../../../../src/pipeline/video/index.js';

const samples = path.join(__dirname, '../../../../media/samples');
const caption = 'a big red car moving right on a blue background';
const target = 'a big green car moving right on a blue background';
const size = { width: 128, height: 128 };

describe('editing a real clip with the embedded model', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  let frames: Frame[];
  let source: Tensor;

  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    clip = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 8, ...size });
    frames = await collect(clip);
    source = await model.encodeFrames(frames);
  });
  after(async () => {
    await clip.close();
    await model.release();
  });

  it('inversion finds noise from which DDIM makes the source again', async () => {
    const run = await prepareRun(
      model,
      caption,
      { guidanceScale: 1, numInferenceSteps: 40, seed: 1 },
      { ...size, frames: 8, fps: 8 },
      true,
    );
    const inverted = await invert(run, run.newScheduler().inverse()!, source, run.guidance.terms[0].conditioning, 24, () => undefined);
    const scheduler = run.newScheduler();
    scheduler.setBeginIndex(16);
    const start = inverted.get(scheduler.timesteps[16]!)!;
    const again = await run.denoise({ scheduler, beginIndex: 16, latents: start, frames: { start: 0, end: 8 } });
    // Compared as pictures: latents that a model leaves to chance come back less exactly, and hardly show.
    const quality = psnr(await model.vae.decode(source), await model.vae.decode(again));
    assert.ok(quality > 26, `the way back leads to within ${quality} dB of the source`);
    assert.ok(rms(weightedSum([1, start], [-1, source])) > 0.5 * rms(source), 'inversion has hardly moved');
  });

  it('the automatic mask covers the subject and leaves the corners alone', async () => {
    const run = await prepareRun(model, target, { seed: 1 }, { ...size, frames: 8, fps: 8 }, true);
    const map = await findChangeMap(run, source, await run.condition(caption), run.guidance.terms[0].conditioning);
    const mask = makeEditMask(map, frames, { rows: 16, columns: 16 }, { grow: 1, invert: false }).latents;
    const at = (frame: number, y: number, x: number) => mask.data[(frame * 16 + y) * 16 + x]!;
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((frame) => [at(frame, 0, 0), at(frame, 0, 15), at(frame, 15, 15)]);
    const middle = [0, 1, 2, 3, 4, 5, 6, 7].map((frame) => at(frame, 10, 8));
    assert.ok(corners.filter((value) => value > 0).length <= 3, `corners: ${corners.join(' ')}`);
    assert.ok(middle.filter((value) => value > 0).length >= 7, `middle: ${middle.join(' ')}`);
  });

  it('diffedit turns the car green and keeps the background to 30 dB', async () => {
    const edited = await model.editVideo(clip, target, { method: 'diffedit', strength: 0.8, sourcePrompt: caption, seed: 1 });
    const after = await collect(edited);
    // The VAE alone softens the clip, so the background is compared with the clip's own round trip through it.
    const roundTrip = await model.vae.decode(source);
    assert.ok(psnr(roundTrip, after, above(32, after[0]!)) > 30, `background ${psnr(roundTrip, after, above(32, after[0]!))} dB`);
    assert.ok(redness(frames) > 20 && redness(after) < 0, `red over green went from ${redness(frames)} to ${redness(after)}`);
  });

  it('by default reads the source, changes what the prompt changes, gives the rest back to the pixel, and can be made again', async () => {
    const notices: string[] = [];
    const edited = await model.editVideo(clip, target, { seed: 1, onNotice: (notice) => notices.push(notice) });
    const { method, changes, sourcePrompt } = edited.provenance!.settings as Record<string, unknown>;
    assert.deepEqual([method, changes, sourcePrompt], ['diffedit', ['colour'], caption.replace('red ', '')]);
    assert.match(notices.join(), /reads as .*subject "car".*; changing colour/);
    const after = await collect(edited);
    assert.ok(psnr(frames, after, above(16, after[0]!)) > 45, 'the sky is the source itself');
    assert.ok(redness(after) < 0, 'the car is green');
    const again = await collect(await rerun(model, edited.provenance!, clip));
    after.forEach(({ data }, index) => assert.deepEqual(again[index]!.data, data));
  });

  it('progress goes on from the first look at the source to the last step', async () => {
    const seen: Progress[] = [];
    await model.editVideo(clip, target, {
      numInferenceSteps: 10,
      seed: 1,
      onProgress: (progress) => seen.push(progress),
      onNotice: () => undefined,
    });
    const stages = seen.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1]);
    assert.deepEqual(stages, ['frames', 'read', 'frames', 'encode', 'mask', 'encode', 'denoise', 'decode']);
    assert.deepEqual(
      seen.slice(0, 3).map(({ text }) => text),
      [1, 2, 3].map((frame) => `reading the clip: frame ${frame} of 8`),
    );
    const shares = seen.map(({ fraction }) => fraction ?? 0);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
      'it never goes back',
    );
    assert.equal(shares.at(-1), 1);
    assert.ok(Math.max(...shares.slice(1).map((share, i) => share - shares[i]!)) < 0.15, `no long silence: ${shares.join(' ')}`);
  });

  it('diffedit refuses schedulers that cannot be run backwards', () =>
    assert.rejects(model.editVideo(clip, target, { method: 'diffedit', scheduler: 'euler' }), /diffedit.*DDIMScheduler.*sdedit/s));

  it('a clip that is edited in windows keeps its length', async () => {
    const long = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 13, ...size });
    const edited = await model.editVideo(long, target, { numInferenceSteps: 4, strength: 0.5, seed: 1, windowFrames: 8 });
    assert.equal((await collect(edited)).length, 13);
  });

  it('a clip that the model can take whole is edited as one', async () => {
    const long = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 13, ...size });
    const windows = new Set<number | undefined>();
    const edited = await model.editVideo(long, target, {
      numInferenceSteps: 4,
      strength: 0.5,
      seed: 1,
      onProgress: (progress) => windows.add(progress.windows),
    });
    assert.equal((await collect(edited)).length, 13);
    assert.equal(edited.provenance!.settings.windowFrames, 13);
    assert.deepEqual([...windows].filter(Boolean), [1]);
    await assert.rejects(model.editVideo(long, target, { windowFrames: 0 }), /windowFrames.*whole number from 1/);
  });

  it('a seed makes the same frames again; another seed makes others', async () => {
    const make = async (seed: number) =>
      Buffer.concat((await collect(await model.editVideo(clip, target, { numInferenceSteps: 4, seed }))).map(({ data }) => data));
    const first = await make(5);
    assert.ok(first.equals(await make(5)));
    assert.ok(!first.equals(await make(6)));
  });

  it('says of a word that stands where the model knows none such', async () => {
    const notices: string[] = [];
    const quick = {
      sourcePrompt: target.replace('green', 'red'),
      numInferenceSteps: 2,
      onNotice: (text: string) => void notices.push(text),
    };
    await model.editVideo(clip, 'a big white car', quick);
    assert.ok(
      notices.some((text) => text.startsWith('What "white" is to say')),
      notices.join('\n'),
    );
    notices.length = 0;
    await model.editVideo(clip, target, quick);
    assert.deepEqual(notices, []);
  });

  it('an abort signal ends it between two steps', async () => {
    const controller = new AbortController();
    let steps = 0;
    const editing = model.editVideo(clip, target, {
      signal: controller.signal,
      callbackOnStepEnd: () => {
        steps++;
        controller.abort();
      },
    });
    await assert.rejects(editing, { code: 'FL_ABORTED' });
    assert.equal(steps, 1);
  });

  it('a callback may change the latents and may stop the run', async () => {
    const seen: number[] = [];
    let last: Tensor | undefined;
    const stopped = await model.generateVideo(target, {
      seed: 1,
      numInferenceSteps: 20,
      deflicker: 0,
      callbackOnStepEnd: ({ step, predOriginalSample }) => (seen.push(step), (last = predOriginalSample.clone()), { stop: step === 3 }),
    });
    assert.deepEqual(seen, [1, 2, 3]);
    assert.deepEqual(
      (await collect(stopped)).map(({ data }) => data),
      (await model.vae.decode(last!)).map(({ data }) => data),
    );
    const blank = await model.generateVideo(target, {
      seed: 1,
      numInferenceSteps: 3,
      callbackOnStepEnd: ({ step, steps, latents }) => (step === steps ? { latents: Tensor.zeros(latents.dims) } : undefined),
    });
    const [zero] = await model.vae.decode(Tensor.zeros(model.latentDims(1, size)));
    assert.deepEqual((await collect(blank))[0]!.data, zero!.data);
    assert.equal(stopped.frameCount, 8);
    await assert.rejects(model.generateVideo(target, { callbackOnStepEnd: () => ({ latents: Tensor.zeros([1]) }) }), {
      code: 'FL_CALLBACK_LATENTS',
    });
  });

  it('a mask blends what is inside with what is outside', () => {
    const mask = new Tensor(Float32Array.of(1, 0), [1, 1, 1, 2]);
    const inside = new Tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 1, 2]);
    const outside = new Tensor(Float32Array.of(-1, -2, -3, -4), [1, 2, 1, 2]);
    assert.deepEqual([...blend(mask, inside, outside).data], [1, -2, 3, -4]);
  });
});

async function collect(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

function rms({ data }: Tensor): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length);
}

/** Mean of red minus green where the two differ clearly. */
function redness(frames: readonly Frame[]): number {
  let sum = 0;
  let count = 0;
  for (const { data } of frames) {
    for (let i = 0; i < data.length; i += 3) {
      const difference = data[i]! - data[i + 1]!;
      if (data[i + 2]! > 150 || Math.abs(difference) < 30) continue;
      sum += difference;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** The rows above a line of the picture. */
function above(line: number, { width, height }: Frame): Region {
  return { mask: Tensor.zeros([1, 1, height, width]).map((_, i) => (i < line * width ? 1 : 0)), side: 'inside' };
}
