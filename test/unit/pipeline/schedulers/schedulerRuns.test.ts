import assert from 'node:assert/strict';
import path from 'node:path';
import { createFrame, LatentDiffusionModel, type Progress, rerun, Video } from '../../../../src/pipeline/index.js';

const tiny = path.join(__dirname, '../../../parity/tiny-sd');
const pixelsOf = async (video: Video): Promise<number[]> => {
  const pixels: number[] = [];
  for await (const frame of video.frames()) pixels.push(...frame.data);
  return pixels;
};

describe('runs with schedulers of every kind', () => {
  let model: LatentDiffusionModel;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained(tiny, { threads: 1 });
  });
  after(() => model.release());
  const generate = (scheduler: string, options: object = {}) =>
    model.generateVideo('a star', { numFrames: 1, numInferenceSteps: 4, seed: 5, scheduler, onNotice() {}, ...options });

  it('knobs of a run reach it, are recorded, and make it again', async () => {
    const [plain, churned] = [await generate('euler'), await generate('euler:sChurn=3,sNoise=1.1')];
    assert.notDeepEqual(await pixelsOf(churned), await pixelsOf(plain));
    assert.deepEqual((churned.provenance!.settings.scheduler as { options: object }).options, { sChurn: 3, sNoise: 1.1 });
    assert.deepEqual(await pixelsOf(await rerun(model, churned.provenance!, undefined)), await pixelsOf(churned));
  });

  it('an explicit schedule decides the number of steps', async () => {
    const { settings } = (await generate('dpmpp_2m:timesteps=[900,500,200]', { numInferenceSteps: undefined })).provenance!;
    assert.equal(settings.numInferenceSteps, 3);
  });

  it('progress counts whole steps of a second-order scheduler, strength leaves out as many', async () => {
    const seen: Progress[] = [];
    await generate('heun', { onProgress: (progress: Progress) => seen.push(progress) });
    // Between the predictions of a step, nothing is left behind yet.
    const steps = seen.filter(({ stage, timestep }) => stage === 'denoise' && timestep !== undefined);
    assert.deepEqual(
      steps.map(({ step }) => step),
      [1, 1, 2, 2, 3, 3, 4],
    );
    assert.ok(steps.every((progress) => progress.steps === 4));
    const clip = await Video.fromFrames([createFrame(64, 64)], { fps: 8 });
    const calls: number[] = [];
    await model.editVideo(clip, 'a star', {
      method: 'sdedit',
      strength: 0.5,
      numInferenceSteps: 4,
      seed: 1,
      scheduler: 'heun',
      onNotice() {},
      callbackOnStepEnd: ({ step }) => void calls.push(step),
    });
    assert.deepEqual(calls, [1, 2, 3]);
  });

  for (const scheduler of ['heun', 'unipc', 'dpm_2_a', 'dpmpp_sde', 'sa_solver', 'dpmpp_2s:solverOrder=3', 'lms']) {
    it(`${scheduler}: a run goes on from between any two calls as it would have, bit for bit`, async () => {
      const whole = await generate(scheduler, { capture: true });
      const pixels = await pixelsOf(whole);
      const { run } = whole as unknown as {
        run: { stepCount: number; at(step: number): { resume(): Promise<Video> }; close(): Promise<void> };
      };
      for (let step = 1; step < run.stepCount; step++)
        assert.deepEqual(await pixelsOf(await run.at(step).resume()), pixels, `from ${step}`);
      await run.close();
    });
  }

  it('a colour starts from the noised source with a scheduler that cannot be run backwards', async () => {
    const clip = await Video.fromFrames([createFrame(64, 64)], { fps: 8 });
    const options = { method: 'diffedit', noised: true, numInferenceSteps: 4, seed: 1, onNotice() {} } as const;
    const edited = await model.editVideo(clip, 'a star', { ...options, scheduler: 'heun' });
    assert.equal((edited.provenance!.settings.scheduler as { name: string }).name, 'HeunDiscreteScheduler');
    await assert.rejects(model.editVideo(clip, 'a star', { ...options, noised: false, scheduler: 'heun' }), {
      code: 'FL_SCHEDULER_METHOD',
    });
  });
});
