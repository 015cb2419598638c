import assert from 'node:assert/strict';
import { DPMSolverMultistepScheduler, modelSchedule, schedulerByName } from '../../../../src/pipeline/schedulers/index.js';
import { habits } from '../../../../src/pipeline/networks/recommendedSettings.js';

const sd = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1, timestep_spacing: 'leading' };

describe('the scheduler that a model names, or what runs in its place', () => {
  const replaced = {
    DDIMParallelScheduler: 'DDIMScheduler',
    DDPMParallelScheduler: 'DDPMScheduler',
    DPMSolverMultistepInverseScheduler: 'DPMSolverMultistepScheduler',
    SomeFutureScheduler: 'DDIMScheduler',
  };
  for (const [named, used] of Object.entries(replaced)) {
    it(`${named} is replaced by ${used}, with a notice`, () => {
      const schedule = modelSchedule({ ...sd, _class_name: named, solver_type: 'bh2' }, undefined);
      assert.equal(schedule.used, used);
      assert.match(schedule.notice!, new RegExp(`${named}.*${used}`));
      schedulerByName(schedule.used, schedule.config).setTimesteps(10);
    });
  }

  const own = [
    'DDIMScheduler',
    'PNDMScheduler',
    'EulerDiscreteScheduler',
    'LCMScheduler',
    'UniPCMultistepScheduler',
    'DEISMultistepScheduler',
    'SASolverScheduler',
    'DPMSolverSinglestepScheduler',
    'DPMSolverSDEScheduler',
    'HeunDiscreteScheduler',
    'LMSDiscreteScheduler',
    'KDPM2DiscreteScheduler',
    'KDPM2AncestralDiscreteScheduler',
    'DDPMScheduler',
    'TCDScheduler',
  ];
  for (const named of own) {
    it(`${named} runs as itself, without a word`, () => {
      const { used, notice, config } = modelSchedule({ ...sd, _class_name: named }, undefined);
      assert.deepEqual([used, notice], [named, undefined]);
      schedulerByName(used, config).setTimesteps(10);
    });
  }

  for (const named of [
    'FlowMatchEulerDiscreteScheduler',
    'FlowMatchHeunDiscreteScheduler',
    'EDMEulerScheduler',
    'CosineDPMSolverMultistepScheduler',
    'CMStochasticIterativeScheduler',
    'SCMScheduler',
  ]) {
    it(`${named}, which knows no β, runs as itself, without a word`, () => {
      const { used, notice, config } = modelSchedule({ _class_name: named }, undefined);
      assert.deepEqual([used, notice], [named, undefined]);
      schedulerByName(used, config).setTimesteps(10);
    });
  }

  it('a class without clip_sample does not make DDIM clip; DDIM itself does by default', () => {
    const clips = (named: string, own = {}) =>
      (schedulerByName('ddim', modelSchedule({ ...sd, ...own, _class_name: named }, undefined).config).config as { clipSample: boolean })
        .clipSample;
    assert.deepEqual(
      ['PNDMScheduler', 'EulerDiscreteScheduler', 'UniPCMultistepScheduler'].map((named) => clips(named)),
      [false, false, false],
    );
    assert.equal(clips('UniPCMultistepScheduler', { clip_sample: true }), true);
    assert.equal(clips('DDIMScheduler'), true);
  });

  it('only a scheduler of the path of noise that the model was trained on can take the place of its own', () => {
    assert.equal(modelSchedule({ ...sd, _class_name: 'TCDScheduler' }, undefined, 'lcm').used, 'LCMScheduler');
    const flow = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3 };
    assert.throws(() => modelSchedule(flow, undefined, 'euler'), { code: 'FL_SCHEDULER_CONFIG', message: /flow matching/ });
    const solver = new DPMSolverMultistepScheduler({ useFlowSigmas: true, predictionType: 'flow_prediction', flowShift: 3 });
    assert.equal(modelSchedule(flow, undefined, solver).config.flow_shift, 3);
    assert.throws(() => modelSchedule({ _class_name: 'EDMEulerScheduler' }, undefined, 'ddim'), {
      code: 'FL_SCHEDULER_CONFIG',
      message: /EDM/,
    });
    assert.throws(() => modelSchedule(flow, undefined, 'toString'), /no scheduler "toString"/);
  });

  it('a folder that names no class is run as Stable Diffusion was trained', () => {
    const { used, config, notice } = modelSchedule(undefined, undefined);
    assert.equal(used, 'PNDMScheduler');
    assert.deepEqual([config.beta_start, config.beta_schedule, config.skip_prk_steps], [0.00085, 'scaled_linear', true]);
    assert.match(notice!, /PNDMScheduler/);
    assert.equal(modelSchedule(undefined, 'EulerDiscreteScheduler').used, 'EulerDiscreteScheduler');
  });
});

describe('settings for distilled models', () => {
  const facts = (named: string, own: object = {}) => ({
    index: {},
    unet: {},
    name: 'model',
    schedule: modelSchedule({ ...sd, _class_name: named, ...own }, undefined),
    takesGuidanceScale: false,
  });
  const trailing = { timestep_spacing: 'trailing' };

  it('a usual model takes 25 steps and guidance 7.5', () =>
    assert.deepEqual(habits(facts('PNDMScheduler')), { numInferenceSteps: 25, guidanceScale: 7.5 }));
  it('LCM takes 4 steps', () => assert.deepEqual(habits(facts('LCMScheduler')), { numInferenceSteps: 4, guidanceScale: 1 }));
  it('LCM with guidance as an input takes it', () =>
    assert.deepEqual(habits({ ...facts('LCMScheduler'), takesGuidanceScale: true }), { numInferenceSteps: 4, guidanceScale: 8.5 }));
  it('Turbo takes 4 steps without guidance, by its folder or its _name_or_path', () => {
    const turbo = facts('EulerDiscreteScheduler', trailing);
    for (const told of [
      { ...turbo, name: 'sd-turbo-onnx' },
      { ...turbo, index: { _name_or_path: 'stabilityai/sd-turbo' } },
      { ...turbo, unet: { _name_or_path: '/models/SD-Turbo/unet' } },
    ]) {
      assert.deepEqual(habits(told), { numInferenceSteps: 4, guidanceScale: 1 });
    }
    assert.equal(habits(turbo).numInferenceSteps, 25);
    assert.equal(habits({ ...facts('EulerDiscreteScheduler'), name: 'my-turbo-car' }).numInferenceSteps, 25);
  });
});
