import assert from 'node:assert/strict';
import { AbortError, createFrame, Generator } from '../../../../src/pipeline/core/index.js';
import type { Progress } from '../../../../src/pipeline/diffusion/index.js';
import type { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { loadTinyModel, loadTinyMotionModel } from '../../../parity/tinyModels.js';

/** So large that four frames go through a network in one call, as one does at a real model's size. */
const size = { width: 256, height: 256 };
const settings = { ...size, method: 'sdedit', strength: 1, numInferenceSteps: 2, seed: 1, onNotice: () => undefined } as const;

describe('a run between the calls of its networks', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    const noise = new Generator(1);
    const frames = Array.from({ length: 8 }, () => {
      const frame = createFrame(size.width, size.height);
      noise.randn([frame.data.length]).data.forEach((value, i) => (frame.data[i] = 128 + 40 * value));
      return frame;
    });
    clip = await Video.fromFrames(frames, { fps: 8 });
  });
  after(() => model.release());

  it('tells which frames of which step are done, and what is left from the first call on', async () => {
    const seen: Progress[] = [];
    await model.editVideo(clip, 'a frog', { ...settings, guidanceScale: 3, onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(
      seen.map(({ text }) => text).filter((text) => !text.startsWith('reading')),
      [
        'encoding the frames',
        'encoding the frames: frame 4 of 8',
        'encoding the frames: frame 8 of 8',
        'step 0 of 2',
        'step 1 of 2: frame 4 of 8, prediction 1 of 2',
        'step 1 of 2: prediction 1 of 2',
        'step 1 of 2: frame 4 of 8, prediction 2 of 2',
        'step 1 of 2',
        'step 2 of 2: frame 4 of 8, prediction 1 of 2',
        'step 2 of 2: prediction 1 of 2',
        'step 2 of 2: frame 4 of 8, prediction 2 of 2',
        'step 2 of 2',
        'decoding',
        'decoding: frame 4 of 8',
        'decoding: frame 8 of 8',
      ],
    );
    const told = seen.slice(seen.findIndex(({ text }) => text === 'encoding the frames: frame 4 of 8'));
    assert.ok(told.every(({ secondsLeft }) => secondsLeft !== undefined && secondsLeft >= 0));
    const shares = told.map(({ fraction }) => fraction!);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    assert.ok(shares[1]! > 0.02 && shares.at(-2)! < 0.98, `encoding and decoding have their share: ${shares.join(' ')}`);
    assert.deepEqual([shares.at(-1), told.at(-1)!.secondsLeft], [1, 0]);
  });

  for (const text of ['encoding the frames: frame 4 of 8', 'step 1 of 2: frame 4 of 8', 'decoding: frame 4 of 8'])
    it(`is interrupted in the middle: ${text}`, async () => {
      const stop = new AbortController();
      const seen: string[] = [];
      const edit = model.editVideo(clip, 'a frog', {
        ...settings,
        guidanceScale: 1,
        signal: stop.signal,
        onProgress: (progress) => {
          seen.push(progress.text);
          if (progress.text === text) stop.abort();
        },
      });
      await assert.rejects(edit, AbortError);
      assert.equal(seen.at(-1), text, 'nothing more was computed');
    });

  it('a motion model, which sees all frames at once, can be interrupted between two predictions of a step', async () => {
    const motion = await loadTinyMotionModel();
    const stop = new AbortController();
    const seen: string[] = [];
    const made = motion.generateVideo('a frog', {
      numFrames: motion.windowFrames,
      numInferenceSteps: 2,
      guidanceScale: 3,
      seed: 1,
      signal: stop.signal,
      onProgress: ({ text }) => {
        seen.push(text);
        if (text === 'step 1 of 2: prediction 1 of 2') stop.abort();
      },
    });
    await assert.rejects(made, AbortError);
    assert.deepEqual(seen, ['step 0 of 2', 'step 0 of 2', 'step 1 of 2: prediction 1 of 2']);
    await motion.release();
  });

  it('the time left knows how fast autoencoder and UNet were, and counts the windows to come', async () => {
    const seen: Progress[] = [];
    await model.editVideo(clip, 'a frog', {
      ...settings,
      guidanceScale: 1,
      windowFrames: 4,
      onProgress: (progress) => seen.push(progress),
    });
    const [first, second] = seen.filter(({ text }) => text === 'decoding: frame 4 of 4');
    assert.equal(first!.fraction, 0.5);
    assert.ok(first!.secondsLeft! > 0);
    assert.deepEqual([second!.fraction, second!.secondsLeft], [1, 0]);
  });

  it('frames of a clip are decoded a call at a time, each when it is asked for', async () => {
    const latents = new Generator(2).randn(model.latentDims(8, size));
    const whole = await model.vae.decode(latents);
    const calls: number[] = [];
    const frames = model.vae.decodeFrames(latents, undefined, (done) => void calls.push(done));
    const first = await frames.next();
    assert.deepEqual(calls, [4]);
    assert.deepEqual(first.value, whole[0]);
    const rest = [];
    for await (const frame of frames) rest.push(frame);
    assert.deepEqual(rest, whole.slice(1));
    assert.deepEqual(calls, [4, 8]);
  });
});
