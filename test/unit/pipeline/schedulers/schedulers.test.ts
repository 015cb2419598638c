import assert from 'node:assert/strict';
import { Generator } from '../../../../src/pipeline/core/generator.js';
import {
  type Scheduler,
  schedulerClasses,
  type SchedulerName,
  type StepOptions,
  type TimestepOptions,
} from '../../../../src/pipeline/schedulers/index.js';
import { requireFiniteSample } from '../../../../src/pipeline/schedulers/finiteSteps.js';
import { settingChecks } from '../../../../src/pipeline/schedulers/settingChecks.js';

const names = Object.keys(schedulerClasses) as SchedulerName[];
const make = (name: SchedulerName, config: object = {}): Scheduler => schedulerClasses[name].fromConfig(config as Record<string, unknown>);
const settingsOf = (name: SchedulerName) => make(name).config as Readonly<Record<string, unknown>>;
const refused = { code: 'FL_SCHEDULER_CONFIG' };

/** A whole run of a smooth function in the model's place, from noise, or from `begin` on. */
function runs(scheduler: Scheduler, steps: number, { begin, ...options }: StepOptions & { begin?: number } = {}) {
  scheduler.setTimesteps(steps);
  if (begin !== undefined) scheduler.setBeginIndex(begin);
  const generator = new Generator(1);
  let sample = generator.randn([2, 4, 4, 4]).map((value) => value * (begin === undefined ? scheduler.initNoiseSigma : 1));
  for (const t of scheduler.timesteps.slice(begin ?? 0)) {
    const prediction = scheduler.scaleModelInput(sample, t).map((value) => Math.tanh(0.8 * value + 0.3 * Math.sin(0.01 * t)));
    sample = scheduler.step(prediction, t, sample, { generator, ...options }).prevSample;
    requireFiniteSample(scheduler, t, sample);
  }
  return sample;
}

describe('settings of schedulers', () => {
  it('all have a range', () => {
    const all = new Set(names.flatMap((name) => Object.keys(settingsOf(name))));
    assert.deepEqual(
      [...all].filter((key) => !Object.hasOwn(settingChecks, key)),
      [],
    );
    assert.deepEqual(
      Object.keys(settingChecks).filter((key) => !all.has(key)),
      [],
    );
  });

  for (const name of names) {
    it(`${name} refuses what is out of range, whatever the setting`, () => {
      for (const [key, usual] of Object.entries(settingsOf(name))) {
        const wrong: unknown[] = ['2', 'no', NaN, -1, Infinity, {}, [], () => 1, ['0.1']];
        for (const value of wrong.filter(
          (value) =>
            (key !== 'lambdaMinClipped' || value !== -1) && (key !== 'disableCorrector' || !Array.isArray(value) || value.length > 0),
        ))
          assert.throws(
            () => make(name, { [key]: value }),
            { ...refused, message: new RegExp(`^${name}: ${key} is `) },
            `${key} ${String(value)}`,
          );
        if (typeof usual === 'number') assert.throws(() => make(name, { [key]: true }), refused, `${key} true`);
        if (typeof usual === 'boolean') assert.throws(() => make(name, { [key]: 1 }), refused, `${key} 1`);
      }
    });
  }

  const together: [name: SchedulerName, config: object, message: RegExp][] = [
    ['DDIMScheduler', { trainedBetas: [0.1, 0.2] }, /trainedBetas.*as many numbers as numTrainTimesteps/],
    ['EulerDiscreteScheduler', { numTrainTimesteps: 2, trainedBetas: [0.1, 1] }, /trainedBetas/],
    ['EulerDiscreteScheduler', { numTrainTimesteps: 2, trainedBetas: [0, 0.1] }, /trainedBetas/],
    ['PNDMScheduler', { numTrainTimesteps: 2, trainedBetas: [1e-12, 0.1] }, /adds no noise at its first timestep/],
    ['EulerDiscreteScheduler', { numTrainTimesteps: 40_000 }, /leaves nothing of the sample from timestep/],
    ['DPMSolverMultistepScheduler', { stepsOffset: 1000 }, /stepsOffset is 1000.*less than numTrainTimesteps/],
    ['DDIMScheduler', { dynamicThresholdingRatio: 2 }, /dynamicThresholdingRatio is 2.*from 0 to 1/],
    ['DDIMScheduler', { numTrainTimesteps: 3e7 }, /numTrainTimesteps/],
    ['EulerDiscreteScheduler', { sigmaMin: 0, useExponentialSigmas: true }, /sigmaMin is 0.*above 0/],
    ['LCMScheduler', { originalInferenceSteps: 2.5 }, /originalInferenceSteps/],
    ['DPMSolverMultistepScheduler', { lambdaMinClipped: 100 }, /lambdaMinClipped is 100/],
    ['DDIMScheduler', { rescaleBetasZeroSnr: true, numTrainTimesteps: 1 }, /rescaleBetasZeroSnr/],
  ];
  for (const [name, config, message] of together)
    it(`${name} refuses ${JSON.stringify(config)}`, () => assert.throws(() => make(name, config), { ...refused, message }));

  const schedules: [name: SchedulerName, config: object, steps: unknown, options: object][] = [
    ['EulerDiscreteScheduler', { timestepSpacing: 'leading', stepsOffset: 500 }, 10, {}],
    ['DPMSolverMultistepScheduler', { timestepSpacing: 'leading', stepsOffset: 500 }, 10, {}],
    ['DDIMScheduler', {}, '10', {}],
    ['DDIMScheduler', {}, 2.5, {}],
    ['LCMScheduler', {}, 4, { originalInferenceSteps: 2000 }],
    ['LCMScheduler', {}, 4, { originalInferenceSteps: '50' }],
    ['LCMScheduler', { originalInferenceSteps: 2000 }, 4, {}],
    ['LCMScheduler', {}, 4, { strength: 2 }],
    ['LCMScheduler', {}, 2, { timesteps: [1000, 500] }],
    ['LCMScheduler', {}, 2, { timesteps: [900.5, 500] }],
    ['DPMSolverMultistepScheduler', {}, 2, { timesteps: ['900', '500'] }],
    ['EulerDiscreteScheduler', {}, 2, { timesteps: [900, -1] }],
    ['EulerDiscreteScheduler', {}, 2, { sigmas: [3, 1, -1] }],
    ['EulerDiscreteScheduler', {}, 2, { sigmas: [3, NaN, 0] }],
  ];
  for (const [name, config, steps, options] of schedules) {
    it(`${name} refuses the schedule ${JSON.stringify([config, steps, options])}`, () =>
      assert.throws(() => make(name, config).setTimesteps(steps as number, options as TimestepOptions), { code: 'FL_ARGUMENT' }));
  }

  it('refuses a range of σ that is turned round', () => {
    for (const range of [{ sigmaMin: 20, sigmaMax: 2 }, { sigmaMin: 1000 }, { sigmaMax: 1e-4 }]) {
      assert.throws(() => make('EulerDiscreteScheduler', { useKarrasSigmas: true, ...range }).setTimesteps(10), {
        ...refused,
        message: /sigmaM/,
      });
    }
  });

  for (const options of [{ eta: '1' }, { eta: 2 }, { sChurn: -1 }, { sNoise: NaN }, { useClippedModelOutput: 'yes' }, { etta: 1 }]) {
    it(`steps refuse ${JSON.stringify(options)}`, () => {
      for (const name of ['DDIMScheduler', 'EulerDiscreteScheduler'] as const)
        assert.throws(() => runs(make(name), 4, options as StepOptions), { code: 'FL_ARGUMENT' });
    });
  }
});

describe('a scheduler made from the config of another', () => {
  it('takes what was chosen there, and its own defaults for the rest', () => {
    const ddim = make('DDIMScheduler', { beta_start: 0.001, steps_offset: 1 });
    const { timestepSpacing, betaStart, stepsOffset } = make('EulerDiscreteScheduler', ddim.config).config as {
      timestepSpacing: string;
      betaStart: number;
      stepsOffset: number;
    };
    assert.deepEqual([timestepSpacing, betaStart, stepsOffset], ['linspace', 0.001, 1]);
    assert.deepEqual(make('LCMScheduler', make('PNDMScheduler').config).config, make('LCMScheduler').config);
  });

  it('so too where settings are added to that config, or it is passed to a constructor or on to a third', () => {
    const ddim = new schedulerClasses.DDIMScheduler({ betaEnd: 0.01 });
    const { timestepSpacing, betaEnd, useKarrasSigmas } = new schedulerClasses.DPMSolverMultistepScheduler(
      schedulerClasses.DPMSolverMultistepScheduler.fromConfig({ ...ddim.config, useKarrasSigmas: true }).config,
    ).config;
    assert.deepEqual([timestepSpacing, betaEnd, useKarrasSigmas], ['linspace', 0.01, true]);
    assert.equal(
      schedulerClasses.EulerDiscreteScheduler.fromConfig({ ...ddim.config, timestepSpacing: 'trailing' }).config.timestepSpacing,
      'trailing',
    );
    const model = { timestep_spacing: 'trailing', beta_start: 0.00085 };
    assert.deepEqual(
      new schedulerClasses.DDIMScheduler({ ...ddim.config }).adaptedTo(model).config,
      make('DDIMScheduler', { ...model, beta_end: 0.01 }).config,
    );
  });

  it('and a config is whole in JSON', () => {
    const { config } = make('DDIMScheduler');
    assert.equal((JSON.parse(JSON.stringify(config)) as { timestepSpacing: string }).timestepSpacing, 'leading');
    assert.deepEqual(Object.keys(config), Object.keys(settingsOf('DDIMScheduler')));
  });
});

describe('schedulers stay finite', () => {
  const sd = { betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear' };
  const zero = { rescaleBetasZeroSnr: true, timestepSpacing: 'trailing' };
  const solver = 'DPMSolverMultistepScheduler';
  const cases: [name: SchedulerName, config: object, steps: number, begin?: number][] = [
    ...(['dpmsolver++', 'sde-dpmsolver++'] as const).flatMap((algorithmType) =>
      [1, 2, 3].flatMap((solverOrder): [SchedulerName, object, number, number?][] => [
        [solver, { ...sd, algorithmType, solverOrder }, 1000],
        [solver, { ...sd, algorithmType, solverOrder, solverType: 'heun', timestepSpacing: 'leading', stepsOffset: 1 }, 1000, 997],
        [solver, { algorithmType, solverOrder, betaSchedule: 'squaredcos_cap_v2', useLuLambdas: true, finalSigmasType: 'sigma_min' }, 20],
        [
          solver,
          {
            algorithmType,
            solverOrder,
            solverType: 'heun',
            betaSchedule: 'squaredcos_cap_v2',
            useBetaSigmas: true,
            finalSigmasType: 'sigma_min',
            lowerOrderFinal: false,
          },
          20,
        ],
      ]),
    ),
    [solver, { ...sd, algorithmType: 'sde-dpmsolver', finalSigmasType: 'sigma_min', solverType: 'heun', useExponentialSigmas: true }, 12],
    ['DDIMScheduler', { ...sd, ...zero, clipSample: true }, 10],
    ['DDIMScheduler', { ...sd, ...zero, thresholding: true, sampleMaxValue: 1.5 }, 10],
    ['LCMScheduler', { ...zero, clipSample: true }, 4],
    ['LCMScheduler', { ...zero, thresholding: true }, 4],
    ['DDIMInverseScheduler', { ...sd, predictionType: 'sample' }, 10],
    ['DDIMInverseScheduler', { ...sd, predictionType: 'sample', timestepSpacing: 'trailing' }, 10],
    ['PNDMScheduler', { ...sd, timestepSpacing: 'trailing', skipPrkSteps: true, setAlphaToOne: true, numTrainTimesteps: 999 }, 13],
    ['EulerDiscreteScheduler', { numTrainTimesteps: 1, useKarrasSigmas: true }, 1],
  ];
  for (const [name, config, steps, begin] of cases) {
    it(`${name} ${JSON.stringify(config)}, ${steps} steps${begin === undefined ? '' : ` from ${begin}`}`, () =>
      assert.equal(runs(make(name, config), steps, { begin }).countNotFinite(), 0));
  }

  it('with all noise drawn anew', () => {
    for (const steps of [2, 5, 10, 13, 50]) runs(make('DDIMScheduler', { ...sd, ...zero, predictionType: 'sample' }), steps, { eta: 1 });
  });

  it('or say that it was they, where a prediction of noise meets pure noise', () => {
    assert.throws(() => runs(make('DDIMScheduler', { ...sd, ...zero, clipSample: false }), 10), {
      code: 'FL_SCHEDULER_NOT_FINITE',
      message: /DDIMScheduler.*timestep 999.*v_prediction/,
    });
  });

  it('a step of no length leaves the sample as it is', () => {
    const scheduler = make(solver, { ...sd, timestepSpacing: 'leading', stepsOffset: 1 });
    scheduler.setTimesteps(1000);
    scheduler.setBeginIndex(10);
    const sample = new Generator(2).randn([1, 4, 4, 4]);
    assert.deepEqual(scheduler.step(sample.map(Math.tanh), scheduler.timesteps[10]!, sample).prevSample.data, sample.data);
  });

  it('spacing trailing makes as many steps as were asked for', () => {
    for (let steps = 1; steps <= 1000; steps++) {
      const scheduler = make('DDIMScheduler', { timestepSpacing: 'trailing' });
      scheduler.setTimesteps(steps);
      assert.equal(scheduler.timesteps.length, steps);
      assert.ok(scheduler.timesteps.at(-1)! >= 0);
    }
  });
});
