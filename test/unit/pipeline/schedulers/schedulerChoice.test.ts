import assert from 'node:assert/strict';
import {
  chosenScheduler,
  EulerDiscreteScheduler,
  recordedScheduler,
  schedulerByName,
  schedulerCapabilities,
  type SchedulerSpec,
} from '../../../../src/pipeline/schedulers/index.js';

const sd = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', use_karras_sigmas: true };
const plain = (choice: string | SchedulerSpec, json: Record<string, unknown> = {}) => {
  const { className, config, runOptions } = chosenScheduler(choice, json);
  return { className, config: { ...config } as Record<string, unknown>, runOptions };
};

describe('the choice of a scheduler', () => {
  it('takes settings and knobs of the run behind the name, as text and as an object', () => {
    const text = plain('euler:sChurn=5,karras,s_noise=1.01,timesteps=[900,500,20]', { beta_end: 0.012 });
    assert.deepEqual(text.runOptions, { sChurn: 5, sNoise: 1.01, timesteps: [900, 500, 20] });
    assert.deepEqual([text.config.useKarrasSigmas, text.config.betaEnd], [true, 0.012]);
    assert.deepEqual(
      plain({ name: 'euler', sChurn: 5, schedule: 'karras', sNoise: 1.01, timesteps: [900, 500, 20] }, { beta_end: 0.012 }),
      text,
    );
    assert.equal(plain('ddim:thresholding').config.thresholding, true);
  });

  it('refuses what is said twice, and says that a schedule is no sampler', () => {
    for (const twice of ['euler:karras,exponential', 'euler:sChurn=1,s_churn=2'])
      assert.throws(() => plain(twice), /each knob once/, twice);
    assert.throws(() => plain('DPM++ 2M Karras:exponential'), { code: 'FL_SCHEDULER_CONFIG', message: /Leave one out/ });
    assert.equal(plain('DPM++ 2M Karras:karras').config.useKarrasSigmas, true);
    assert.throws(() => plain('sgm_uniform'), { code: 'FL_SCHEDULER_UNKNOWN', message: /is a schedule.*euler:sgm_uniform/ });
  });

  it('knows schedules by the names of A1111 and ComfyUI, behind the name or in it', () => {
    for (const name of ['DPM++ 2M Karras', 'dpmpp_2m_karras', 'dpmpp_2m:karras', 'dpmpp_2m+karras']) {
      const { className, config } = plain(name);
      assert.deepEqual([className, config.useKarrasSigmas], ['DPMSolverMultistepScheduler', true], name);
    }
    assert.equal(plain('euler sgm_uniform').config.timestepSpacing, 'trailing');
    assert.equal(plain('euler:ddim_uniform').config.timestepSpacing, 'leading');
  });

  const names: Readonly<Record<string, readonly string[]>> = {
    EulerDiscreteScheduler: ['Euler', 'k_euler', 'EulerDiscrete', 'euler simple'],
    EulerAncestralDiscreteScheduler: ['Euler a', 'euler_ancestral', 'Euler A'],
    DPMSolverMultistepScheduler: [
      'DPM++ 2M',
      'DPM++ 2M SDE Exponential',
      'dpmpp_2m_sde_gpu',
      'DPM++ 3M SDE Karras',
      'DPM++ 2M SDE Heun',
      'dpmpp_2m_sde_heun_gpu',
      'DPM-Solver++ 2M',
      'DPM++ 2M Automatic',
    ],
    DPMSolverSDEScheduler: ['DPM++ SDE', 'DPM++ SDE Karras', 'dpmpp_sde'],
    KDPM2DiscreteScheduler: ['DPM2', 'dpm_2', 'DPM2 Karras'],
    KDPM2AncestralDiscreteScheduler: ['DPM2 a', 'dpm_2_ancestral', 'DPM2 a Karras'],
    HeunDiscreteScheduler: ['Heun', 'heun beta', 'heun kl_optimal'],
    LMSDiscreteScheduler: ['LMS', 'LMS Karras'],
    UniPCMultistepScheduler: ['UniPC', 'uni_pc', 'uni_pc_bh2'],
    DEISMultistepScheduler: ['deis', 'DEIS'],
    LCMScheduler: ['LCM'],
    TCDScheduler: ['TCD'],
    DDPMScheduler: ['ddpm'],
    IPNDMScheduler: ['ipndm'],
    FlowMatchEulerDiscreteScheduler: ['FlowMatchEulerDiscreteScheduler', 'FlowMatchEuler'],
  };
  for (const [className, spellings] of Object.entries(names)) {
    it(`knows ${className} as ${spellings.join(', ')}`, () =>
      assert.deepEqual(
        spellings.map((name) => plain(name).className),
        spellings.map(() => className),
      ));
  }

  it('follows schedules that no class has as a setting: kl_optimal, align your steps', () => {
    for (const name of [
      'euler:kl_optimal',
      'dpmpp_2m:ays',
      'heun:align_your_steps',
      'lms kl_optimal',
      'euler_a:kl_optimal',
      'euler ays_sdxl',
    ]) {
      const scheduler = schedulerByName(name, { ...sd, use_karras_sigmas: false });
      scheduler.setTimesteps(10);
      const sigmas = scheduler.sigmas!.filter((sigma, i, all) => i === 0 || sigma !== all[i - 1]);
      assert.ok(sigmas.length === 11 && sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]!), `${name}: ${sigmas.join()}`);
    }
    const ays = schedulerByName('euler:ays', sd);
    ays.setTimesteps(10);
    assert.deepEqual(
      ays.sigmas!.map((sigma) => Number(sigma.toFixed(3))),
      [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0],
    );
  });

  it('switches off the schedule that the model has when another is named', () => {
    const { config } = plain('euler:exponential', sd);
    assert.deepEqual([config.useKarrasSigmas, config.useExponentialSigmas], [false, true]);
    assert.equal(plain('euler', sd).config.useKarrasSigmas, true);
  });

  const refusals: [choice: string | SchedulerSpec, code: string, message: RegExp][] = [
    ['eulre', 'FL_SCHEDULER_UNKNOWN', /no scheduler "eulre".*"euler"/],
    ['euler:sChrun=5', 'FL_SCHEDULER_CONFIG', /no knob "sChrun".*"sChurn"/],
    ['ddim:karras', 'FL_SCHEDULER_CONFIG', /DDIMScheduler cannot follow the schedule "karras"\. Those it can: .*simple/],
    ['euler_a:sChurn=5', 'FL_SCHEDULER_CONFIG', /EulerAncestralDiscreteScheduler has no knob "sChurn"/],
    ['euler:sChurn=much', 'FL_ARGUMENT', /sChurn is "much"/],
    ['euler:betaStart=2', 'FL_SCHEDULER_CONFIG', /betaStart is 2/],
    ['euler:=5', 'FL_ARGUMENT', /name with knobs/],
    [{ name: 'euler', schedule: 'karas' as 'karras' }, 'FL_SCHEDULER_UNKNOWN', /no schedule "karas".*"karras"/],
    [
      'DPM++ 2S a Karras',
      'FL_SCHEDULER_UNKNOWN',
      /does not have the sampler "DPM\+\+ 2S a Karras": it adds noise.*"dpmpp_2s", "dpmpp_sde"/,
    ],
    ['Restart', 'FL_SCHEDULER_UNKNOWN', /goes back up in noise.*"heun"/],
    ['dpm_adaptive', 'FL_SCHEDULER_UNKNOWN', /chooses the number of steps itself/],
    ['euler_ancestral_cfg_pp', 'FL_SCHEDULER_UNKNOWN', /CFG\+\+.*"euler_ancestral"/],
    ['res_multistep', 'FL_SCHEDULER_UNKNOWN', /"dpmpp_2m"/],
    ['dpmpp_2m linear_quadratic', 'FL_SCHEDULER_UNKNOWN', /does not have the schedule.*"sgm_uniform"/],
    [{ name: 'euler', schedule: 'beta57' as 'beta' }, 'FL_SCHEDULER_UNKNOWN', /does not have the schedule "beta57".*"beta"/],
    ['toString', 'FL_SCHEDULER_UNKNOWN', /toString/],
    [{ name: 'euler', constructor: 1 }, 'FL_SCHEDULER_CONFIG', /no knob "constructor"/],
  ];
  for (const [choice, code, message] of refusals)
    it(`refuses ${JSON.stringify(choice)}`, () => void assert.throws(() => plain(choice), { code, message }));

  it('keeps the knobs of the run when a scheduler is adapted to a model, and takes them up again from a record', () => {
    const scheduler = new EulerDiscreteScheduler({ useKarrasSigmas: true })
      .withRunOptions({ sChurn: 5, sTmax: Infinity })
      .adaptedTo({ beta_end: 0.015 });
    assert.deepEqual([scheduler.runOptions.sChurn, scheduler.config.betaEnd, scheduler.config.useKarrasSigmas], [5, 0.015, true]);
    const record = JSON.parse(
      JSON.stringify({ name: scheduler.className, config: scheduler.config, options: scheduler.runOptions }),
    ) as Parameters<typeof recordedScheduler>[0];
    const again = recordedScheduler(record);
    assert.deepEqual(
      [{ ...again.config }, again.runOptions],
      [{ ...schedulerByName('euler', { ...scheduler.config }).config }, { sChurn: 5 }],
    );
  });

  it('tells what a class can do', () => {
    const { isInvertible, runKnobs, order, settings } = schedulerCapabilities('DDIMScheduler');
    assert.deepEqual([isInvertible, runKnobs, order, settings.clipSample], [true, ['eta', 'useClippedModelOutput'], 1, true]);
    assert.equal(schedulerCapabilities('EulerDiscreteScheduler').isInvertible, false);
  });
});
