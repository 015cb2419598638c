import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LivePreview } from '../../src/display/livePreview.js';
import type { PreviewPixels } from '../../src/display/sink.js';
import { Run } from '../../src/pipeline/capture/index.js';
import { setAmbient } from '../../src/pipeline/core/ambient.js';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

const tiny = checkpoint('taew2_1-tiny.safetensors');
const options = { numInferenceSteps: 3, guidanceScale: 1, seed: 5, width: 64, height: 48 };

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

/** Does something while a notebook's live preview watches. @returns what its renderer was sent for each step. */
async function watched(make: () => Promise<unknown>): Promise<PreviewPixels[]> {
  const sent: PreviewPixels[] = [];
  const preview = new LivePreview({ display: () => undefined, update: () => undefined, preview: (pixels) => void sent.push(pixels) });
  const before = setAmbient({ onStep: preview.step, onPreparation: preview.preparation });
  try {
    await make();
  } finally {
    setAmbient(before);
  }
  return sent.filter(({ step }) => step > 0);
}

const rgbOf = (frames: readonly Frame[]) => Buffer.concat(frames.map(({ data }) => data));

describe('previews by a tiny autoencoder', () => {
  const reference = new ReferenceFile<{ runs: { source?: Stored }[] }>('wanRuns');
  const source = reference.frames(reference.index.runs.at(-1)!.source!);
  let model: LatentDiffusionModel;
  let plain: LatentDiffusionModel;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1, previewVae: tiny });
    plain = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
  });
  after(async () => {
    await model?.release();
    await plain?.release();
  });

  it('a live preview shows what every frame of a Wan is believed to be, and the clip is the one made without', async () => {
    const believed: Tensor[] = [];
    let made: Video | undefined;
    const callbackOnStepEnd = ({ predOriginalSample }: { predOriginalSample: Tensor }) => void believed.push(predOriginalSample);
    const sent = await watched(async () => (made = await model.generateVideo('a', { ...options, numFrames: 9, callbackOnStepEnd })));
    assert.deepEqual(
      sent.map(({ step, frames, width, height }) => ({ step, frames, width, height })),
      [1, 2, 3].map((step) => ({ step, frames: { start: 0, end: 9 }, width: 64, height: 48 })),
    );
    for (const [i, { rgb }] of sent.entries())
      assert.ok(Buffer.compare(rgb, rgbOf(await model.previewVae!.decode(believed[i]!))) === 0, `step ${i + 1}`);
    assert.deepEqual(await framesOf(made!), await framesOf(await plain.generateVideo('a', { ...options, numFrames: 9 })));
  });

  it('without one it shows latent frames by the linear map', async () => {
    const sent = await watched(() => plain.generateVideo('a', { ...options, numFrames: 9 }));
    assert.deepEqual(
      sent.map(({ frames, width, height }) => ({ frames, width, height })),
      [1, 2, 3].map(() => ({ frames: { start: 0, end: 3 }, width: 8, height: 6 })),
    );
  });

  it('large clips are sent smaller, every frame still', async () => {
    const sent = await watched(() => model.generateVideo('a', { ...options, numInferenceSteps: 1, numFrames: 9, width: 640, height: 480 }));
    assert.deepEqual([sent[0]!.frames, sent[0]!.width, sent[0]!.height], [{ start: 0, end: 9 }, 320, 240]);
  });

  it('captured runs keep such pictures of all frames, saved and read too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frameloom-run-'));
    const made = await model.generateVideo('a', { ...options, numFrames: 9, capture: { x0: true, frames: 'previewVae' } });
    try {
      const pictures = await made.run!.pictures(2);
      assert.deepEqual([pictures.length, pictures[0]!.width, pictures[0]!.height], [9, 64, 48]);
      // Kept pictures are of the latents as they were; those that are drawn later of float16.
      const later = await made.run!.pictures(2, { decoder: 'vae' });
      assert.ok(Buffer.compare(rgbOf(pictures), rgbOf(later)) !== 0);
      await made.run!.save(join(folder, 'run'));
      const read = await Run.load(join(folder, 'run'));
      assert.deepEqual(await read.pictures(2), pictures);
      await read.close();
    } finally {
      await made.run!.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('a capture of pictures is counted with all frames of the clip before it begins', async () => {
    const bytes = 9 * 64 * 48 * 3 * options.numInferenceSteps;
    for (const frames of ['vae', 'previewVae'] as const) {
      const capture = { latents: false, frames, maxBytes: bytes - 1 };
      await assert.rejects(model.generateVideo('a', { ...options, numFrames: 9, capture }), { code: 'FL_CAPTURE_TOO_LARGE' });
      const made = await model.generateVideo('a', { ...options, numFrames: 9, capture: { ...capture, maxBytes: bytes } });
      await made.run!.close();
    }
  });

  it('a model without one says so before any work, and so does a run that is drawn later', async () => {
    let steps = 0;
    const capture = { frames: 'previewVae' } as const;
    const callbackOnStepEnd = () => void steps++;
    await assert.rejects(plain.generateVideo('a', { ...options, numFrames: 5, capture, callbackOnStepEnd }), {
      code: 'FL_CAPTURE_MODEL',
      message: /previewVae: 'taew2_1\.safetensors'/,
    });
    assert.equal(steps, 0);
    const made = await plain.generateVideo('a', { ...options, numFrames: 5, capture: { x0: true } });
    await assert.rejects(made.run!.pictures(1, { decoder: 'previewVae' }), { code: 'FL_CAPTURE_MODEL' });
    await made.run!.close();
  });

  it('its memory is told with what the transformer takes, its time is not', () => {
    const needs = model.needsOf({ width: 64, height: 48, frames: 9 });
    const [preview] = needs.parts.filter(({ part }) => part === 'preview_decoder');
    assert.deepEqual([preview!.group, preview!.calls], ['denoise', 0]);
    assert.ok(preview!.callBytes > 0 && preview!.weightBytes > 0);
    assert.ok(needs.runningBytes > plain.needsOf({ width: 64, height: 48, frames: 9 }).runningBytes);
  });

  it('of reference pictures, which stand before the clip, a live preview shows nothing', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, previewVae: tiny });
    try {
      const referenceImages = await Video.fromFrames([source[0]!], { fps: 8 });
      const seen: (number | undefined)[][] = [];
      const callbackOnStepEnd = ({ latents, leadingFrames }: { latents: Tensor; leadingFrames?: number }) =>
        void seen.push([latents.dims[0]!, leadingFrames]);
      const sent = await watched(() => vace.generateVideo('a', { ...options, numFrames: 5, referenceImages, callbackOnStepEnd }));
      assert.deepEqual(seen[0], [3, 1]);
      assert.deepEqual(
        sent.map(({ frames }) => frames),
        [1, 2, 3].map(() => ({ start: 0, end: 5 })),
      );
    } finally {
      await vace.release();
      remove();
    }
  });

  it('TAESD does the same for Stable Diffusion', async () => {
    const sd = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, previewVae: checkpoint('taesd') });
    try {
      const sent = await watched(() => sd.generateVideo('a', { ...options, numFrames: 2, width: 64, height: 64 }));
      const { width, height, frames } = sent[0]!;
      assert.deepEqual([sent.length, width, height, frames], [3, 64, 64, { start: 0, end: 2 }]);
    } finally {
      await sd.release();
    }
  });

  it('one of other latents is refused by name before the model is used', async () => {
    await assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1, previewVae: checkpoint('taesd') }), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /taesd cannot draw the previews: frames to a latent frame: 1 here, 4 with/,
    });
    await assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, previewVae: tiny }), {
      code: 'FL_MODEL_UNSUPPORTED',
    });
  });
});
