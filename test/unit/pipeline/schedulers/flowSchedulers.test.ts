import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Generator, Tensor } from '../../../../src/pipeline/core/index.js';
import { BrownianTree } from '../../../../src/pipeline/schedulers/brownianTree.js';
import {
  chosenScheduler,
  FlowMatchEulerDiscreteScheduler,
  schedulerByName,
  type SchedulerChoice,
  schedulerClasses,
  type SchedulerName,
  type TimestepOptions,
} from '../../../../src/pipeline/schedulers/index.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';

type Json = Record<string, unknown>;

const make = (name: SchedulerName, config: object = {}) => schedulerClasses[name].fromConfig(config as Json);
const embedded = JSON.parse(
  readFileSync(path.join(__dirname, '../../../../models/motion-stickers/scheduler/scheduler_config.json'), 'utf8'),
) as Json;
const stableDiffusion3: Json = { _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1000, shift: 3 };
const wan: Json = { _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: 3 };
const config = { code: 'FL_SCHEDULER_CONFIG' };
const argument = { code: 'FL_ARGUMENT' };

describe('settings of flow, EDM and consistency schedulers that exclude each other are refused', () => {
  const settings: [name: SchedulerName, config: Json, message: RegExp][] = [
    ['FlowMatchEulerDiscreteScheduler', { useKarrasSigmas: true, useBetaSigmas: true }, /useKarrasSigmas and useBetaSigmas are both on/],
    [
      'FlowMatchLCMScheduler',
      { useKarrasSigmas: true, useExponentialSigmas: true },
      /useKarrasSigmas and useExponentialSigmas are both on/,
    ],
    ['FlowMatchEulerDiscreteScheduler', { timeShiftType: 'quadratic' }, /timeShiftType is "quadratic".*"exponential" or "linear"/],
    ['FlowMatchLCMScheduler', { timeShiftType: 'quadratic' }, /timeShiftType/],
    ['FlowMatchLCMScheduler', { upscaleMode: 'trilinear' }, /upscaleMode is "trilinear".*"bicubic"/],
    ['EDMEulerScheduler', { sigmaSchedule: 'beta' }, /sigmaSchedule is "beta".*"karras" or "exponential"/],
    ['EDMEulerScheduler', { finalSigmasType: 'none' }, /finalSigmasType is "none"/],
    ['EDMEulerScheduler', { predictionType: 'sample' }, /predictionType is "sample".*"epsilon" or "v_prediction"/],
    ['EDMEulerScheduler', { sigmaMin: 80 }, /sigmaMin is 80.*less than sigmaMax, which is 80/],
    ['EDMDPMSolverMultistepScheduler', { algorithmType: 'dpmsolver' }, /algorithmType is "dpmsolver".*"sde-dpmsolver\+\+"/],
    ['EDMDPMSolverMultistepScheduler', { solverType: 'euler' }, /solverType is "euler"/],
    ['EDMDPMSolverMultistepScheduler', { algorithmType: 'sde-dpmsolver++', solverOrder: 3 }, /no third order.*Set solverOrder to 2/],
    ['EDMDPMSolverMultistepScheduler', { predictionType: 'sample' }, /predictionType/],
    ['CosineDPMSolverMultistepScheduler', { solverOrder: 3 }, /solverOrder is 3.*1 to 2/],
    ['CosineDPMSolverMultistepScheduler', { solverType: 'euler' }, /solverType/],
    ['CosineDPMSolverMultistepScheduler', { sigmaMin: 600 }, /less than sigmaMax/],
    ['CMStochasticIterativeScheduler', { numTrainTimesteps: 1 }, /numTrainTimesteps is 1/],
    ['CMStochasticIterativeScheduler', { sigmaMin: 90 }, /less than sigmaMax/],
    ['SCMScheduler', { predictionType: 'epsilon' }, /predictionType is "epsilon".*"trigflow"/],
  ];
  for (const [name, given, message] of settings)
    it(`${name} ${JSON.stringify(given)}`, () =>
      void assert.throws(() => make(name, given), { ...config, message: new RegExp(`^${name}: .*${message.source}`) }));

  const schedules: [name: SchedulerName, config: Json, steps: number, options: TimestepOptions, error: object][] = [
    [
      'FlowMatchEulerDiscreteScheduler',
      { useDynamicShifting: true },
      4,
      {},
      { ...config, message: /useDynamicShifting needs the knob mu/ },
    ],
    ['FlowMatchLCMScheduler', { useDynamicShifting: true }, 4, {}, { ...config, message: /useDynamicShifting needs the knob mu/ }],
    [
      'FlowMatchEulerDiscreteScheduler',
      { useDynamicShifting: true, timeShiftType: 'linear' },
      4,
      { mu: -1 },
      { ...argument, message: /mu is -1.*above 0/ },
    ],
    ['FlowMatchEulerDiscreteScheduler', {}, 3, { sigmas: [1, 0.5] }, { ...argument, message: /sigmas.*3 falling numbers/ }],
    [
      'FlowMatchEulerDiscreteScheduler',
      {},
      2,
      { sigmas: [1, 0.5], timesteps: [1000, 500, 200] },
      { ...argument, message: /timesteps.*2 falling numbers/ },
    ],
    ['FlowMatchEulerDiscreteScheduler', {}, 2, { sigmas: [1.5, 0.5] }, { ...argument, message: /sigmas.*up to 1/ }],
    ['FlowMatchEulerDiscreteScheduler', {}, 2, { timesteps: [1001, 500] }, { ...argument, message: /timesteps.*up to 1000/ }],
    [
      'FlowMatchEulerDiscreteScheduler',
      { useExponentialSigmas: true },
      2,
      { sigmas: [1, 0] },
      { ...argument, message: /above 0 with useExponentialSigmas/ },
    ],
    ['FlowMatchEulerDiscreteScheduler', { shiftTerminal: 0.1 }, 1, {}, { ...argument, message: /at least 2 with shiftTerminal/ }],
    ['FlowMatchEulerDiscreteScheduler', {}, 0, {}, { ...argument, message: /numInferenceSteps is 0/ }],
    ['FlowMatchHeunDiscreteScheduler', {}, 2, { timesteps: [1000, 500] }, { ...config, message: /cannot follow explicit timesteps/ }],
    [
      'FlowMatchLCMScheduler',
      { scaleFactors: [1.5, 2] },
      4,
      {},
      { ...config, message: /scaleFactors has 2 numbers, which is right for 3 steps, but the run has 4/ },
    ],
    ['EDMEulerScheduler', {}, 3, { sigmas: [80, 5, 0.1] }, { ...argument, message: /3 rising numbers from 0 \(σ 80\) to 1/ }],
    [
      'EDMEulerScheduler',
      { sigmaSchedule: 'exponential' },
      3,
      { sigmas: [0, 0.5, 1] },
      { ...config, message: /cannot follow explicit sigmas/ },
    ],
    ['EDMEulerScheduler', {}, 3, { timesteps: [3, 2, 1] }, { ...config, message: /cannot follow explicit timesteps/ }],
    ['EDMDPMSolverMultistepScheduler', {}, 2, { sigmas: [1, 0.5, 0] }, { ...config, message: /cannot follow explicit sigmas/ }],
    ['CMStochasticIterativeScheduler', {}, 41, {}, { ...argument, message: /numInferenceSteps is 41.*1 to 40/ }],
    ['CMStochasticIterativeScheduler', {}, 2, { timesteps: [0, 22] }, { ...argument, message: /timesteps.*2 falling numbers/ }],
    ['CMStochasticIterativeScheduler', {}, 2, { timesteps: [40, 0] }, { ...argument, message: /timesteps.*up to 39/ }],
    ['SCMScheduler', {}, 1001, {}, { ...argument, message: /numInferenceSteps/ }],
    ['SCMScheduler', {}, 2, { timesteps: [1.5, 0] }, { ...argument, message: /3 falling numbers/ }],
    [
      'SCMScheduler',
      {},
      2,
      { timesteps: [1.5, 1, 0], maxTimesteps: 1.5 },
      { ...argument, message: /maxTimesteps is 1.5.*left out where timesteps are given/ },
    ],
    ['SCMScheduler', {}, 2, { maxTimesteps: null }, { ...argument, message: /maxTimesteps/ }],
    ['SCMScheduler', {}, 4, { intermediateTimesteps: 1.3 }, { ...argument, message: /intermediateTimesteps is 1.3.*only runs of two/ }],
    ['SCMScheduler', {}, 2, { maxTimesteps: 1, intermediateTimesteps: 1.3 }, { ...argument, message: /below maxTimesteps, which is 1/ }],
    ['SCMScheduler', {}, 2, { maxTimesteps: 3 }, { ...argument, message: /maxTimesteps is 3.*up to ½π/ }],
  ];
  for (const [name, given, steps, options, error] of schedules)
    it(`${name} ${JSON.stringify([given, steps, options])}`, () =>
      void assert.throws(() => make(name, given).setTimesteps(steps, options), error));

  it('a step before setTimesteps, or at a timestep that the run does not have', () => {
    const sample = Tensor.zeros([1, 1, 4, 4]);
    for (const name of [
      'FlowMatchEulerDiscreteScheduler',
      'FlowMatchHeunDiscreteScheduler',
      'FlowMatchLCMScheduler',
      'EDMEulerScheduler',
      'EDMDPMSolverMultistepScheduler',
      'CosineDPMSolverMultistepScheduler',
      'CMStochasticIterativeScheduler',
      'SCMScheduler',
    ] as const) {
      const scheduler = make(name);
      assert.throws(() => scheduler.step(sample, 1, sample), { code: 'FL_SCHEDULER_NOT_SET' }, name);
      scheduler.setTimesteps(3);
      // diffusers' class refuses the number of a step in the place of its timestep.
      assert.throws(() => scheduler.step(sample, 2, sample), { code: 'FL_SCHEDULER_TIMESTEP' }, name);
    }
  });

  it('timesteps of tokens that do not fit the sample', () => {
    const scheduler = new FlowMatchEulerDiscreteScheduler();
    scheduler.setTimesteps(2);
    const sample = Tensor.zeros([1, 6, 4]);
    assert.throws(() => scheduler.step(sample, 1000, sample, { perTokenTimesteps: Tensor.zeros([1, 5]) }), { code: 'FL_TENSOR_SHAPE' });
  });
});

describe('a flow scheduler', () => {
  it('shifts by the number of tokens as the pipelines of Flux and LTX-Video do', () => {
    const scheduler = new FlowMatchEulerDiscreteScheduler({ useDynamicShifting: true });
    assert.deepEqual(
      [256, 4096, 2176].map((tokens) => Number(scheduler.muFor(tokens).toFixed(6))),
      [0.5, 1.15, 0.825],
    );
    scheduler.setTimesteps(2, { mu: scheduler.muFor(4096), sigmas: [1, 0.5] });
    assert.ok(Math.abs(scheduler.sigmas[1]! - Math.exp(1.15) / (Math.exp(1.15) + 1)) < 1e-6);
  });

  it('tells the network σ · 1000 and shows it the sample as it is', () => {
    const scheduler = new FlowMatchEulerDiscreteScheduler({ shift: 5 });
    scheduler.setTimesteps(8);
    for (const [i, timestep] of scheduler.timesteps.entries()) assert.ok(Math.abs(timestep - 1000 * scheduler.sigmas[i]!) < 1e-3);
    const sample = new Generator(1).randn([1, 4, 4, 4]);
    assert.deepEqual(scheduler.scaleModelInput(sample, scheduler.timesteps[3]!).data, sample.data);
    assert.equal(scheduler.initNoiseSigma, 1);
  });

  it("takes the shift of the solver that a model names, and gives way to the caller's", () => {
    assert.equal(chosenScheduler('FlowMatchEulerDiscreteScheduler', wan).config['shift' as never], 3);
    assert.equal(chosenScheduler({ name: 'FlowMatchEulerDiscreteScheduler', shift: 5 }, wan).config['shift' as never], 5);
    assert.equal(new FlowMatchEulerDiscreteScheduler({ shift: 2 }).adaptedTo(wan).config.shift, 2);
  });

  it('comes out of a record as it went in', () => {
    for (const name of ['FlowMatchLCMScheduler', 'EDMEulerScheduler', 'SCMScheduler', 'CMStochasticIterativeScheduler'] as const) {
      const { config: settings } = make(name);
      assert.deepEqual({ ...schedulerByName(name, { ...settings }).config }, { ...settings });
    }
  });
});

describe('a scheduler of another path of noise than the model was trained on is refused', () => {
  const refusals: [choice: SchedulerChoice, model: Json, message: RegExp][] = [
    [
      'FlowMatchEulerDiscreteScheduler',
      embedded,
      /is for models that predict the velocity of flow matching.*this model's scheduler_config\.json says \w+Scheduler.*Take one such as "euler"/,
    ],
    [new FlowMatchEulerDiscreteScheduler({ shift: 3 }), embedded, /velocity of flow matching/],
    [{ name: 'FlowMatchHeunDiscreteScheduler' }, embedded, /velocity of flow matching/],
    ['EDMEulerScheduler', embedded, /in the way of EDM/],
    ['CMStochasticIterativeScheduler', embedded, /consistency models of σ/],
    ['SCMScheduler', embedded, /arc of TrigFlow/],
    [
      'ddim',
      stableDiffusion3,
      /DDIMScheduler is for models that predict noise.*says FlowMatchEulerDiscreteScheduler.*Take "FlowMatchEulerDiscreteScheduler"/,
    ],
    ['dpmpp_2m', stableDiffusion3, /Set DPMSolverMultistepScheduler's useFlowSigmas to true and predictionType to "flow_prediction"/],
    ['euler', wan, /EulerDiscreteScheduler is for models that predict noise/],
    ['EDMEulerScheduler', wan, /in the way of EDM/],
    ['euler', { _class_name: 'EDMEulerScheduler' }, /Take "EDMEulerScheduler"/],
  ];
  for (const [choice, model, message] of refusals) {
    it(`${typeof choice === 'string' ? choice : JSON.stringify(choice)} for ${String(model._class_name)}`, () =>
      void assert.throws(() => chosenScheduler(choice, model), { ...config, message }));
  }

  it('before the run begins', async () => {
    const model = await loadTinyModel('tiny-sd');
    try {
      await assert.rejects(
        model.generateVideo('a star', { scheduler: 'FlowMatchEulerDiscreteScheduler', numFrames: 1, numInferenceSteps: 2 }),
        { ...config, message: /velocity of flow matching/ },
      );
    } finally {
      await model.release();
    }
  });

  it('but one of the same path is taken, and where nothing is said, any', () => {
    assert.equal(chosenScheduler('dpmpp_2m', wan).className, 'DPMSolverMultistepScheduler');
    assert.equal(chosenScheduler('FlowMatchLCMScheduler', stableDiffusion3).config['shift' as never], 3);
    assert.equal(
      chosenScheduler({ name: 'dpmpp_2m', useFlowSigmas: true, predictionType: 'flow_prediction' }, stableDiffusion3).config[
        'useFlowSigmas' as never
      ],
      true,
    );
    assert.equal(
      chosenScheduler('EDMEulerScheduler', { _class_name: 'EDMDPMSolverMultistepScheduler', sigma_max: 20 }).config['sigmaMax' as never],
      20,
    );
    assert.equal(chosenScheduler('FlowMatchEulerDiscreteScheduler').className, 'FlowMatchEulerDiscreteScheduler');
  });
});

describe('a Brownian motion over σ', () => {
  const tree = (seed = 7n) => new BrownianTree([1, 4, 32, 32], 0.3, 500, seed, (own) => new Generator(own));
  const increment = (from: number, to: number, of = tree()) =>
    of.noiseBetween(from, to).map((value) => value * Math.sqrt(Math.abs(to - from)));

  it('is the same however finely and in whichever order it is asked for', () => {
    const whole = increment(10, 2);
    const shared = tree();
    const late = increment(3.7, 2, shared);
    const parts = [increment(10, 8, shared), increment(8, 3.7, shared), late];
    for (const [i, value] of whole.data.entries()) assert.ok(Math.abs(value - parts.reduce((sum, part) => sum + part.data[i]!, 0)) < 1e-4);
  });

  it('has unit variance for any step, turns its sign with time, and is another for another seed', () => {
    for (const [from, to] of [
      [500, 499],
      [40, 0.3],
      [1, 0.999],
    ] as const) {
      const { data } = tree().noiseBetween(from, to);
      const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
      assert.ok(Math.abs(variance - 1) < 0.1, `${from} to ${to}: ${variance}`);
    }
    const [down, up, other] = [tree().noiseBetween(5, 1), tree().noiseBetween(1, 5), tree(8n).noiseBetween(5, 1)];
    assert.deepEqual(down.map((value) => -value).data, up.data);
    assert.notDeepEqual(down.data, other.data);
  });

  it('draws no half of an interval twice while σ falls', () => {
    const drawn: number[] = [];
    const counted = new BrownianTree([1, 1, 4, 4], 0.3, 500, 7n, (own) => {
      drawn.push(own);
      return new Generator(own);
    });
    const sigmas = Array.from({ length: 30 }, (_, i) => 500 * (0.3 / 500) ** (i / 29));
    for (const [i, sigma] of sigmas.slice(1).entries()) counted.noiseBetween(sigmas[i]!, sigma);
    assert.ok(drawn.length > 300);
    assert.equal(new Set(drawn).size, drawn.length);
  });

  it('stands still where both ends fall on one millionth', () => {
    assert.ok(
      tree()
        .noiseBetween(0.3000001, 0)
        .data.every((value) => value === 0),
    );
  });
});

describe('noise levels', () => {
  it('of solvers on σs of flow are σ ⁄ (1 − σ), as those of flow schedulers', () => {
    for (const name of ['DPMSolverMultistepScheduler', 'UniPCMultistepScheduler', 'DEISMultistepScheduler'] as const) {
      const scheduler = schedulerClasses[name].fromConfig({ use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: 3 });
      scheduler.setTimesteps(8);
      for (const [i, level] of scheduler.noiseLevels.slice(1).entries()) {
        const sigma = scheduler.sigmas![i + 1]!;
        assert.ok(Math.abs(level - sigma / (1 - sigma)) <= 1e-6 * level, `${name}: ${level} at σ ${sigma}`);
      }
      assert.ok(Number.isFinite(scheduler.noiseLevels[0]));
    }
  });
});
