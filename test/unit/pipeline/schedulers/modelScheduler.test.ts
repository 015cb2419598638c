import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFrame, LatentDiffusionModel, Video } from '../../../../src/index.js';

const tiny = path.join(__dirname, '../../../parity/tiny-sd');
const schedule = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  set_alpha_to_one: false,
  steps_offset: 1,
};

describe('the scheduler that a model folder names', () => {
  let folder: string;
  let model: LatentDiffusionModel | undefined;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-model-'));
    cpSync(tiny, folder, { recursive: true });
  });
  afterEach(async () => {
    await model?.release();
    model = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (config: object | undefined) => {
    const file = path.join(folder, 'scheduler', 'scheduler_config.json');
    if (config) writeFileSync(file, JSON.stringify(config));
    else rmSync(path.dirname(file), { recursive: true });
    return (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 }));
  };
  const clip = () =>
    Video.fromFrames(
      Array.from({ length: 2 }, () => createFrame(64, 64)),
      { fps: 8 },
    );
  /** Makes two steps from a seed; gives the notices and the pixels. */
  const made = async (options: object = {}) => {
    const notices: string[] = [];
    const result = await model!.generateVideo('a star', {
      numFrames: 1,
      numInferenceSteps: 3,
      seed: 5,
      onNotice: (text: string) => notices.push(text),
      ...options,
    });
    for await (const frame of result.frames()) return { notices, pixels: [...frame.data] };
    return assert.fail('no frame');
  };

  it('runs as it is where Frameloom has it, PNDM too, and says nothing', async () => {
    await open({ _class_name: 'PNDMScheduler', skip_prk_steps: true, ...schedule });
    assert.equal(model!.scheduler.className, 'PNDMScheduler');
    assert.deepEqual((await made()).notices, []);
  });

  for (const name of [
    'UniPCMultistepScheduler',
    'DEISMultistepScheduler',
    'HeunDiscreteScheduler',
    'DDPMScheduler',
    'KDPM2AncestralDiscreteScheduler',
    'LMSDiscreteScheduler',
    'DPMSolverSDEScheduler',
  ]) {
    it(`runs in its own class and says nothing: ${name}`, async () => {
      await open({ _class_name: name, ...schedule, timestep_spacing: 'leading' });
      assert.equal(model!.scheduler.className, name);
      assert.deepEqual((await made()).notices, []);
    });
  }

  it('is run by the class that it is another name of, with one notice', async () => {
    await open({ _class_name: 'DDPMParallelScheduler', ...schedule });
    assert.equal(model!.scheduler.className, 'DDPMScheduler');
    assert.match((await made()).notices.join(), /DDPMParallelScheduler.*DDPMScheduler runs in its place, with the same pictures/);
  });

  it('does not make DDIM clip where its class knows no clipping', async () => {
    await open({ _class_name: 'UniPCMultistepScheduler', ...schedule });
    const { pixels } = await made({ scheduler: 'ddim' });
    await model!.release();
    await open({ _class_name: 'DDIMScheduler', clip_sample: false, ...schedule });
    assert.deepEqual((await made()).pixels, pixels);
  });

  it('clips where the file says so', async () => {
    await open({ _class_name: 'DDIMParallelScheduler', clip_sample: true, ...schedule });
    assert.equal((model!.scheduler.config as { clipSample?: boolean }).clipSample, true);
  });

  it('that the caller replaces is not spoken of', async () => {
    await open({ _class_name: 'UniPCMultistepScheduler', ...schedule });
    assert.deepEqual((await made({ scheduler: 'euler' })).notices, []);
  });

  it('may have settings that nobody knows: they are passed over with one notice', async () => {
    await open({ _class_name: 'EulerDiscreteScheduler', ...schedule, flux_capacitor: 1.21 });
    const { notices } = await made();
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /flux_capacitor/);
  });

  it('may be missing: the schedule of Stable Diffusion, with a notice', async () => {
    await open(undefined);
    const { betaStart, betaSchedule, clipSample } = model!.scheduler.config as {
      betaStart: number;
      betaSchedule: string;
      clipSample: boolean;
    };
    assert.deepEqual([betaStart, betaSchedule, clipSample], [0.00085, 'scaled_linear', false]);
    assert.match((await made()).notices.join(), /no scheduler\/scheduler_config\.json/);
  });

  const others = ['DDPMWuerstchenScheduler', 'CogVideoXDDIMScheduler', 'UnCLIPScheduler', 'KarrasVeScheduler', 'toString'];
  for (const config of others.map((name) => ({ _class_name: name }))) {
    it(`is refused before a graph is loaded where nothing can stand in for it: ${JSON.stringify(config)}`, async () => {
      for (const part of ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder']) rmSync(path.join(folder, part), { recursive: true });
      await assert.rejects(open(config), { code: 'FL_MODEL_UNSUPPORTED', message: new RegExp(`${config._class_name}.*cannot be run yet`) });
    });
  }

  for (const [name, spacing] of [
    ['PNDMScheduler', 'leading'],
    ['EulerDiscreteScheduler', 'linspace'],
    ['DPMSolverMultistepScheduler', 'trailing'],
    ['UniPCMultistepScheduler', 'linspace'],
    ['DDIMScheduler', 'linspace'],
  ]) {
    it(`gives way to DDIM for DiffEdit where the caller names none: ${name}, ${spacing}`, async () => {
      await open({ _class_name: name, clip_sample: false, ...schedule, timestep_spacing: spacing });
      const notices: string[] = [];
      const options = { sourcePrompt: 'a moon', numInferenceSteps: 4, seed: 1, onNotice: (text: string) => void notices.push(text) };
      const edited = await model!.editVideo(await clip(), 'a star', options);
      const settings = edited.provenance!.settings as { method: string; scheduler: { name: string; config: { clipSample: boolean } } };
      assert.deepEqual(
        [settings.method, settings.scheduler.name, settings.scheduler.config.clipSample],
        ['diffedit', 'DDIMScheduler', false],
      );
      assert.equal(notices.length, 1, notices.join());
    });
  }

  it('that the caller names stays: a caption of the source alone then edits by SDEdit and says so, DiffEdit is refused', async () => {
    await open(JSON.parse(readFileSync(path.join(tiny, 'scheduler', 'scheduler_config.json'), 'utf8')) as object);
    const notices: string[] = [];
    const options = {
      sourcePrompt: 'a moon',
      scheduler: 'euler',
      numInferenceSteps: 4,
      seed: 1,
      onNotice: (text: string) => void notices.push(text),
    };
    const edited = await model!.editVideo(await clip(), 'a star', options);
    assert.equal((edited.provenance!.settings as { method: string }).method, 'sdedit');
    assert.match(notices.join(), /EulerDiscreteScheduler cannot be run backwards/);
    await assert.rejects(model!.editVideo(await clip(), 'a star', { ...options, method: 'diffedit' }), { code: 'FL_SCHEDULER_METHOD' });
  });
});
