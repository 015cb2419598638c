import assert from 'node:assert/strict';
import { checkGenerateVideoOptions } from '../../../../src/pipeline/pipelines/index.js';
import {
  type RunKnob,
  schedulerByName,
  schedulerClasses,
  type SchedulerName,
  type TimestepOptions,
} from '../../../../src/pipeline/schedulers/index.js';

const names = Object.keys(schedulerClasses) as SchedulerName[];
const make = (name: SchedulerName, config: Record<string, unknown> = {}) => schedulerClasses[name].fromConfig(config);
const refuses = (name: SchedulerName, config: Record<string, unknown>, message: RegExp) =>
  assert.throws(() => make(name, config), { code: 'FL_SCHEDULER_CONFIG', message }, `${name} ${JSON.stringify(config)}`);
const has = (name: SchedulerName, setting: string) => Object.hasOwn(schedulerClasses[name].defaults, setting);
const settings = (name: SchedulerName, config: Record<string, unknown>) => make(name, config).config as unknown as Record<string, unknown>;

/** Words that a setting takes, where they differ from class to class as in diffusers. */
const words: Readonly<Record<string, Readonly<Record<string, readonly SchedulerName[] | 'all'>>>> = {
  betaSchedule: {
    linear: 'all',
    scaled_linear: 'all',
    squaredcos_cap_v2: 'all',
    laplace: ['DDPMScheduler'],
    sigmoid: ['DDPMScheduler', 'RePaintScheduler'],
    exp: ['HeunDiscreteScheduler'],
    cubic: [],
  },
  timestepSpacing: { leading: 'all', trailing: 'all', even: [] },
  predictionType: {
    sample: [
      'DDIMScheduler',
      'DDIMInverseScheduler',
      'DDPMScheduler',
      'EulerDiscreteScheduler',
      'HeunDiscreteScheduler',
      'LMSDiscreteScheduler',
      'DPMSolverMultistepScheduler',
      'DPMSolverMultistepInverseScheduler',
      'DPMSolverSinglestepScheduler',
      'DEISMultistepScheduler',
      'UniPCMultistepScheduler',
      'SASolverScheduler',
      'LCMScheduler',
      'TCDScheduler',
    ],
    original_sample: ['EulerDiscreteScheduler'],
    flow_prediction: [
      'DPMSolverMultistepScheduler',
      'DPMSolverMultistepInverseScheduler',
      'DPMSolverSinglestepScheduler',
      'DEISMultistepScheduler',
      'UniPCMultistepScheduler',
      'SASolverScheduler',
    ],
    trigflow: ['SCMScheduler'],
    velocity: [],
  },
  finalSigmasType: { zero: 'all', sigma_min: 'all', none: [] },
  interpolationType: { linear: 'all', log_linear: 'all', cubic: [] },
  timestepType: { discrete: 'all', continuous: 'all', other: [] },
  sigmaSchedule: { karras: 'all', exponential: 'all', lu: [] },
};

describe('words that settings take', () => {
  for (const [setting, takers] of Object.entries(words)) {
    for (const [word, who] of Object.entries(takers)) {
      it(`${setting} "${word}": ${who === 'all' ? 'every class that has it' : who.join(', ') || 'none'}`, () => {
        for (const name of names.filter((name) => has(name, setting))) {
          const takes = who === 'all' || who.includes(name);
          if (takes) assert.equal(settings(name, { [setting]: word })[setting], word);
          else refuses(name, { [setting]: word }, new RegExp(`${setting} is "${word}"`));
        }
      });
    }
  }

  it('variances that the network predicts are refused where a class has none', () => {
    for (const kind of ['fixed_small', 'fixed_small_log', 'fixed_large', 'fixed_large_log', 'learned', 'learned_range'])
      assert.equal(settings('DDPMScheduler', { variance_type: kind }).varianceType, kind);
    refuses('DDPMScheduler', { variance_type: 'guessed' }, /varianceType is "guessed"/);
    refuses('DPMSolverMultistepScheduler', { variance_type: 'fixed_small' }, /varianceType is "fixed_small"/);
  });

  it("other solvers' words for algorithm and rule mean the class's own, and words that nobody has are refused", () => {
    const peers: [SchedulerName, Record<string, string>, Record<string, string>][] = [
      ...['logrho', 'bh1', 'bh2'].map((word): [SchedulerName, Record<string, string>, Record<string, string>] => [
        'DPMSolverMultistepScheduler',
        { solver_type: word },
        { solverType: 'midpoint' },
      ]),
      ...['midpoint', 'heun', 'bh1', 'bh2'].map((word): [SchedulerName, Record<string, string>, Record<string, string>] => [
        'DEISMultistepScheduler',
        { solver_type: word },
        { solverType: 'logrho' },
      ]),
      ['DEISMultistepScheduler', { algorithm_type: 'dpmsolver++' }, { algorithmType: 'deis' }],
      ...['midpoint', 'heun', 'logrho'].map((word): [SchedulerName, Record<string, string>, Record<string, string>] => [
        'UniPCMultistepScheduler',
        { solver_type: word },
        { solverType: 'bh2' },
      ]),
      ['DPMSolverMultistepScheduler', { algorithm_type: 'deis' }, { algorithmType: 'dpmsolver++' }],
    ];
    for (const [name, config, expected] of peers)
      for (const [key, word] of Object.entries(expected))
        assert.equal(settings(name, config)[key], word, `${name} ${JSON.stringify(config)}`);
    for (const name of [
      'DPMSolverMultistepScheduler',
      'DPMSolverSinglestepScheduler',
      'DEISMultistepScheduler',
      'UniPCMultistepScheduler',
    ] as const)
      refuses(name, { solver_type: 'simpson' }, /solverType is "simpson"/);
    for (const name of ['DPMSolverMultistepScheduler', 'DPMSolverSinglestepScheduler', 'SASolverScheduler'] as const)
      refuses(name, { algorithm_type: 'magic' }, /algorithmType is "magic"/);
    refuses('DPMSolverSinglestepScheduler', { algorithm_type: 'sde-dpmsolver', final_sigmas_type: 'sigma_min' }, /algorithmType/);
  });
});

describe('settings that exclude each other', () => {
  const flags = ['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas'];
  for (const name of names.filter((name) => flags.every((flag) => has(name, flag)))) {
    it(`${name} follows one schedule of σ at most`, () => {
      for (const [a, b] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const)
        refuses(name, { [flags[a]!]: true, [flags[b]!]: true }, new RegExp(`${flags[a]} and ${flags[b]}`));
    });
  }

  for (const name of ['DPMSolverMultistepScheduler', 'DPMSolverSinglestepScheduler'] as const) {
    it(`${name} ends at no σ of zero where the noise is integrated`, () => {
      refuses(name, { algorithmType: 'dpmsolver' }, /cannot end at a sigma of zero.*sigma_min.*dpmsolver\+\+/);
      assert.equal(settings(name, { algorithmType: 'dpmsolver', finalSigmasType: 'sigma_min' }).algorithmType, 'dpmsolver');
    });
  }

  it('UniPC stretches σs of flow only, is led by its own predictor, and ends at no σ of zero where it predicts noise', () => {
    refuses('UniPCMultistepScheduler', { shift_terminal: 0.1 }, /useFlowSigmas/);
    refuses('UniPCMultistepScheduler', { solver_p: { _class_name: 'DDIMScheduler' } }, /solverP is .*own predictor/);
    refuses('UniPCMultistepScheduler', { predict_x0: false }, /sigma of zero/);
  });

  it('dynamic shifting needs σs of flow, its exponential form, and μ', () => {
    for (const name of ['DPMSolverMultistepScheduler', 'DPMSolverSinglestepScheduler', 'DEISMultistepScheduler'] as const) {
      refuses(name, { use_dynamic_shifting: true }, /useFlowSigmas/);
      refuses(name, { use_dynamic_shifting: true, use_flow_sigmas: true, time_shift_type: 'linear' }, /exponential/);
    }
    assert.throws(() => make('FlowMatchEulerDiscreteScheduler', { use_dynamic_shifting: true }).setTimesteps(4), /needs the knob mu/);
  });

  it('a velocity of flow is integrated as the clean sample only', () => {
    const flow = { prediction_type: 'flow_prediction', use_flow_sigmas: true, final_sigmas_type: 'sigma_min' };
    for (const name of ['DPMSolverMultistepScheduler', 'DPMSolverMultistepInverseScheduler', 'DPMSolverSinglestepScheduler'] as const)
      refuses(name, { ...flow, algorithm_type: 'dpmsolver' }, /velocity of flow.*dpmsolver\+\+/);
    refuses('UniPCMultistepScheduler', { ...flow, predict_x0: false }, /velocity of flow.*predictX0/);
    refuses('SASolverScheduler', { ...flow, algorithm_type: 'noise_prediction' }, /velocity of flow.*data_prediction/);
  });

  it('sde-dpmsolver has no third order', () =>
    refuses(
      'DPMSolverMultistepScheduler',
      { algorithmType: 'sde-dpmsolver', solverOrder: 3, finalSigmasType: 'sigma_min' },
      /third order/,
    ));
});

describe('explicit schedules', () => {
  const flags = ['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas', 'useLuLambdas', 'useFlowSigmas'];
  const takers = names.filter(
    (name) => (schedulerClasses[name].runKnobs as readonly RunKnob[]).includes('timesteps') && has(name, 'betaSchedule'),
  );
  for (const name of takers.filter((name) => has(name, 'useKarrasSigmas'))) {
    it(`${name} takes no timesteps beside another schedule of σ`, () => {
      for (const flag of flags.filter((flag) => has(name, flag)))
        assert.throws(
          () => make(name, { [flag]: true }).setTimesteps(2, { timesteps: [900, 100] }),
          { code: 'FL_SCHEDULER_CONFIG', message: /cannot follow explicit timesteps/ },
          flag,
        );
    });
  }

  for (const name of names) {
    it(`${name} refuses explicit schedules that it has no knob for`, () => {
      const scheduler = make(name);
      for (const kind of (['timesteps', 'sigmas'] as const).filter((kind) => !scheduler.explicitSchedules.includes(kind)))
        assert.throws(() => scheduler.setTimesteps(2, { [kind]: [0.9, 0.1] }), { code: /FL_SCHEDULER_CONFIG|FL_ARGUMENT/ }, kind);
    });
  }

  const bad: [SchedulerName, number, TimestepOptions, RegExp][] = [
    ['DDPMScheduler', 3, { timesteps: [100, 87, 87] }, /falling/],
    ['DDPMScheduler', 3, { timesteps: [51, 50, 60] }, /falling/],
    ['DDPMScheduler', 2, { timesteps: [1000, 1] }, /up to 999/],
    ['DDPMScheduler', 3, { timesteps: [900, 1] }, /3 falling numbers for 3 steps/],
    ['LCMScheduler', 60, {}, /original/],
    ['LCMScheduler', 40, { strength: 0.5 }, /strength/],
    ['EulerDiscreteScheduler', 2, { timesteps: [900, 1], sigmas: [10, 1, 0] }, /left out where timesteps are given/],
    ['DDIMScheduler', 1001, {}, /from 1 to 1000/],
    ['PNDMScheduler', 3, {}, /at least 4.*skipPrkSteps/],
  ];
  for (const [name, steps, options, message] of bad)
    it(`${name} refuses ${steps} steps with ${JSON.stringify(options)}`, () =>
      assert.throws(() => make(name).setTimesteps(steps, options), { message }));

  it('a step before setTimesteps says what to call', () => {
    for (const name of names.filter((name) => make(name).timesteps.length === 0)) {
      const scheduler = make(name);
      const sample = new Float32Array(4);
      assert.throws(
        () => scheduler.step({ data: sample, dims: [1, 4, 1, 1] } as never, 1, { data: sample, dims: [1, 4, 1, 1] } as never),
        { code: 'FL_SCHEDULER_NOT_SET', message: /setTimesteps/ },
        name,
      );
    }
  });
});

describe('schedulers that no pipeline runs by itself', () => {
  for (const [name, advice] of [
    ['RePaintScheduler', /undoStep.*inpainting model and the option mask/],
    ['DDIMInverseScheduler', /Take DDIMScheduler/],
    ['DPMSolverMultistepInverseScheduler', /Take DPMSolverMultistepScheduler/],
  ] as const) {
    it(`${name} is refused before the work begins, with what to do instead`, () => {
      for (const scheduler of [name, schedulerByName(name)])
        assert.throws(() => checkGenerateVideoOptions({ scheduler }), { code: 'FL_SCHEDULER_CONFIG', message: advice });
    });
  }
});
