import assert from 'node:assert/strict';
import { modelSchedule, schedulerClasses, type SchedulerName } from '../../../../src/pipeline/schedulers/index.js';

const sd = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', num_train_timesteps: 1000, trained_betas: null };
const linear = { beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear', num_train_timesteps: 1000, trained_betas: null };
const solver = {
  algorithm_type: 'dpmsolver++',
  dynamic_thresholding_ratio: 0.995,
  euler_at_final: false,
  lambda_min_clipped: null,
  lower_order_final: true,
  sample_max_value: 1,
  solver_order: 2,
  solver_type: 'midpoint',
  steps_offset: 0,
  thresholding: false,
  timestep_spacing: 'linspace',
  use_karras_sigmas: false,
  use_lu_lambdas: false,
  variance_type: null,
};
const flux = { base_image_seq_len: 256, base_shift: 0.5, max_image_seq_len: 4096, max_shift: 1.15, num_train_timesteps: 1000 };

/** `scheduler_config.json` of published models, and what of it must come through. */
const published: readonly (readonly [
  model: string,
  name: SchedulerName,
  json: Record<string, unknown>,
  knobs: Record<string, unknown>,
  notice?: RegExp,
])[] = [
  [
    'Stable Diffusion 1.5',
    'PNDMScheduler',
    { ...sd, set_alpha_to_one: false, skip_prk_steps: true, steps_offset: 1, clip_sample: false },
    { skipPrkSteps: true, setAlphaToOne: false, stepsOffset: 1, betaStart: 0.00085, betaSchedule: 'scaled_linear' },
  ],
  [
    'Stable Diffusion 2.1',
    'DDIMScheduler',
    { ...sd, clip_sample: false, prediction_type: 'v_prediction', set_alpha_to_one: false, skip_prk_steps: true, steps_offset: 1 },
    { predictionType: 'v_prediction', clipSample: false, setAlphaToOne: false, stepsOffset: 1, timestepSpacing: 'leading' },
  ],
  [
    'Stable Diffusion XL',
    'EulerDiscreteScheduler',
    {
      ...sd,
      clip_sample: false,
      interpolation_type: 'linear',
      prediction_type: 'epsilon',
      sample_max_value: 1,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      timestep_spacing: 'leading',
      use_karras_sigmas: false,
    },
    { timestepSpacing: 'leading', stepsOffset: 1, interpolationType: 'linear' },
  ],
  [
    'SDXL Turbo',
    'EulerAncestralDiscreteScheduler',
    { ...sd, clip_sample: false, interpolation_type: 'linear', set_alpha_to_one: false, steps_offset: 1, timestep_spacing: 'trailing' },
    { timestepSpacing: 'trailing' },
  ],
  ['SD Turbo', 'EulerDiscreteScheduler', { ...sd, timestep_spacing: 'trailing', steps_offset: 1 }, { timestepSpacing: 'trailing' }],
  [
    'Latent Consistency (Dreamshaper v7)',
    'LCMScheduler',
    {
      ...sd,
      clip_sample: false,
      clip_sample_range: 1,
      dynamic_thresholding_ratio: 0.995,
      original_inference_steps: 50,
      rescale_betas_zero_snr: false,
      sample_max_value: 1,
      set_alpha_to_one: true,
      steps_offset: 1,
      thresholding: false,
      timestep_scaling: 10,
      timestep_spacing: 'leading',
    },
    { originalInferenceSteps: 50, timestepScaling: 10, setAlphaToOne: true },
  ],
  [
    'Stable Diffusion 3',
    'FlowMatchEulerDiscreteScheduler',
    { num_train_timesteps: 1000, shift: 3 },
    { shift: 3, useDynamicShifting: false },
  ],
  [
    'Flux.1 dev',
    'FlowMatchEulerDiscreteScheduler',
    { ...flux, shift: 3, use_dynamic_shifting: true },
    { shift: 3, useDynamicShifting: true, baseShift: 0.5, maxShift: 1.15, maxImageSeqLen: 4096 },
  ],
  [
    'LTX-Video',
    'FlowMatchEulerDiscreteScheduler',
    {
      ...flux,
      base_image_seq_len: 1024,
      base_shift: 0.95,
      max_shift: 2.05,
      shift: 1,
      shift_terminal: 0.1,
      use_dynamic_shifting: true,
      invert_sigmas: false,
    },
    { shiftTerminal: 0.1, baseShift: 0.95, useDynamicShifting: true },
  ],
  ['HunyuanVideo', 'FlowMatchEulerDiscreteScheduler', { ...flux, shift: 7, use_dynamic_shifting: false }, { shift: 7 }],
  ['Mochi', 'FlowMatchEulerDiscreteScheduler', { ...flux, shift: 1, invert_sigmas: true }, { invertSigmas: true }],
  [
    'Wan 2.1',
    'UniPCMultistepScheduler',
    {
      ...linear,
      disable_corrector: [],
      dynamic_thresholding_ratio: 0.995,
      final_sigmas_type: 'zero',
      flow_shift: 3,
      lower_order_final: true,
      predict_x0: true,
      prediction_type: 'flow_prediction',
      rescale_betas_zero_snr: false,
      sample_max_value: 1,
      solver_order: 2,
      solver_p: null,
      solver_type: 'bh2',
      steps_offset: 0,
      thresholding: false,
      timestep_spacing: 'linspace',
      use_flow_sigmas: true,
      use_karras_sigmas: false,
    },
    { flowShift: 3, useFlowSigmas: true, predictionType: 'flow_prediction', solverType: 'bh2' },
  ],
  [
    'SANA',
    'DPMSolverMultistepScheduler',
    { ...linear, ...solver, final_sigmas_type: 'zero', flow_shift: 3, prediction_type: 'flow_prediction', use_flow_sigmas: true },
    { flowShift: 3, useFlowSigmas: true, predictionType: 'flow_prediction' },
  ],
  ['SANA-Sprint', 'SCMScheduler', { num_train_timesteps: 1000, prediction_type: 'trigflow', sigma_data: 0.5 }, { sigmaData: 0.5 }],
  ['PixArt-α', 'DPMSolverMultistepScheduler', { ...linear, ...solver, prediction_type: 'epsilon' }, { betaEnd: 0.02, solverOrder: 2 }],
  [
    'DeepFloyd IF',
    'DDPMScheduler',
    {
      beta_schedule: 'squaredcos_cap_v2',
      beta_start: 0.0001,
      beta_end: 0.02,
      clip_sample: true,
      clip_sample_range: 1,
      dynamic_thresholding_ratio: 0.95,
      num_train_timesteps: 1000,
      prediction_type: 'epsilon',
      sample_max_value: 1.5,
      thresholding: true,
      trained_betas: null,
      variance_type: 'learned_range',
    },
    { varianceType: 'learned_range', thresholding: true, dynamicThresholdingRatio: 0.95, betaSchedule: 'squaredcos_cap_v2' },
  ],
  [
    'Kandinsky 2.2 (decoder)',
    'DDPMScheduler',
    {
      ...linear,
      beta_start: 0.00085,
      beta_end: 0.012,
      clip_sample: true,
      clip_sample_range: 2,
      prediction_type: 'epsilon',
      variance_type: 'learned_range',
    },
    { clipSample: true, clipSampleRange: 2, varianceType: 'learned_range' },
  ],
  [
    'AudioLDM',
    'DDIMScheduler',
    { ...sd, beta_start: 0.0015, beta_end: 0.0195, clip_sample: false, set_alpha_to_one: false, steps_offset: 1 },
    { betaStart: 0.0015 },
  ],
  [
    'Stable Audio',
    'CosineDPMSolverMultistepScheduler',
    {
      euler_at_final: false,
      final_sigmas_type: 'zero',
      lower_order_final: true,
      num_train_timesteps: 1000,
      prediction_type: 'v_prediction',
      rho: 7,
      sigma_data: 1,
      sigma_max: 500,
      sigma_min: 0.3,
      sigma_schedule: 'exponential',
      solver_order: 2,
      solver_type: 'midpoint',
    },
    { sigmaMax: 500, sigmaMin: 0.3, sigmaData: 1, sigmaSchedule: 'exponential' },
  ],
  [
    'Consistency model of ImageNet 64',
    'CMStochasticIterativeScheduler',
    { clip_denoised: true, num_train_timesteps: 40, rho: 7, s_noise: 1, sigma_data: 0.5, sigma_max: 80, sigma_min: 0.002 },
    { clipDenoised: true, numTrainTimesteps: 40 },
  ],
  [
    'Playground 2.5',
    'EDMDPMSolverMultistepScheduler',
    {
      algorithm_type: 'dpmsolver++',
      dynamic_thresholding_ratio: 0.995,
      euler_at_final: false,
      final_sigmas_type: 'zero',
      lower_order_final: true,
      num_train_timesteps: 1000,
      prediction_type: 'epsilon',
      rho: 7,
      sample_max_value: 1,
      sigma_data: 0.5,
      sigma_max: 80,
      sigma_min: 0.002,
      solver_order: 2,
      solver_type: 'midpoint',
      thresholding: false,
    },
    { sigmaMax: 80, sigmaData: 0.5, solverOrder: 2 },
  ],
  [
    'CosXL',
    'EDMEulerScheduler',
    {
      num_train_timesteps: 1000,
      prediction_type: 'v_prediction',
      rho: 7,
      sigma_data: 1,
      sigma_max: 120,
      sigma_min: 0.002,
      sigma_schedule: 'exponential',
      final_sigmas_type: 'zero',
    },
    { predictionType: 'v_prediction', sigmaMax: 120, sigmaSchedule: 'exponential' },
  ],
  [
    'Stable Video Diffusion',
    'EulerDiscreteScheduler',
    {
      ...sd,
      clip_sample: false,
      interpolation_type: 'linear',
      prediction_type: 'v_prediction',
      set_alpha_to_one: false,
      sigma_max: 700,
      sigma_min: 0.002,
      skip_prk_steps: true,
      steps_offset: 1,
      timestep_spacing: 'leading',
      timestep_type: 'continuous',
      use_karras_sigmas: true,
    },
    { sigmaMax: 700, sigmaMin: 0.002, timestepType: 'continuous', useKarrasSigmas: true },
  ],
  [
    'ModelScope text to video',
    'DDIMScheduler',
    {
      ...sd,
      clip_sample: false,
      clip_sample_range: 1,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      thresholding: false,
    },
    { clipSample: false },
  ],
  [
    'AnimateLCM',
    'LCMScheduler',
    { ...sd, beta_schedule: 'linear', clip_sample: false, timestep_spacing: 'leading', steps_offset: 1 },
    { betaSchedule: 'linear' },
  ],
  ['Hyper-SD', 'TCDScheduler', { ...sd, timestep_spacing: 'trailing' }, { timestepSpacing: 'trailing', timestepScaling: 10 }],
  [
    'Zeroscope, with a key of a later version',
    'DDIMScheduler',
    { ...sd, clip_sample: false, set_alpha_to_one: false, steps_offset: 1, warp_core: true },
    { clipSample: false },
    /warp_core/,
  ],
];

describe('published models open with their own scheduler', () => {
  for (const [model, name, json, knobs, notice] of published) {
    it(`${model}: ${name}`, () => {
      const schedule = modelSchedule({ _class_name: name, _diffusers_version: '0.30.0', ...json }, undefined);
      assert.equal(schedule.used, name);
      if (notice) assert.match(schedule.notice ?? '', notice);
      else assert.equal(schedule.notice, undefined);
      const config = schedulerClasses[name].fromConfig(schedule.config).config as unknown as Record<string, unknown>;
      assert.deepEqual(Object.fromEntries(Object.keys(knobs).map((key) => [key, config[key]])), knobs);
    });
  }

  for (const [model, name, json] of [
    ['Stable Cascade', 'DDPMWuerstchenScheduler', { s: 0.008, scaler: 1 }],
    [
      'Kandinsky 2.2 (prior)',
      'UnCLIPScheduler',
      { clip_sample: true, clip_sample_range: 5, num_train_timesteps: 1000, prediction_type: 'sample', variance_type: 'fixed_small_log' },
    ],
    [
      'CogVideoX 2B',
      'CogVideoXDDIMScheduler',
      { ...sd, prediction_type: 'v_prediction', rescale_betas_zero_snr: true, snr_shift_scale: 3, timestep_spacing: 'linspace' },
    ],
    [
      'CogVideoX 5B',
      'CogVideoXDPMScheduler',
      { ...sd, prediction_type: 'v_prediction', rescale_betas_zero_snr: true, snr_shift_scale: 1, timestep_spacing: 'trailing' },
    ],
  ] as const) {
    it(`${model} is refused by name, since its networks cannot be run either: ${name}`, () =>
      assert.throws(() => modelSchedule({ _class_name: name, ...json }, undefined), {
        code: 'FL_MODEL_UNSUPPORTED',
        message: new RegExp(name),
      }));
  }
});
