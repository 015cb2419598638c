import assert from 'node:assert/strict';
import { Tensor } from '../../../../src/pipeline/core/index.js';
import { type Scheduler, schedulerClasses, type SchedulerName } from '../../../../src/pipeline/schedulers/index.js';

/** Deviation of the data; the mean is nought, so that the clean sample predicted best is a multiple of the noisy one. */
const DATA = 0.5;
const VALUES = [-1.7, -0.4, 0.3, 1.1, 2.3];

/** How a sample is made of clean sample and noise: `signal·x₀ + noise·ε`. */
interface Level {
  signal: number;
  noise: number;
}

/** A family's picture of noise: the level at an entry of the schedule, and what a perfect network says there. */
interface Picture {
  level(scheduler: Scheduler, index: number): Level;
  /** Mean of what the network is trained to say, for a sample at a level. */
  predict(sample: Tensor, level: Level): Tensor;
}

/** E[x₀ | sample] ⁄ sample and E[ε | sample] ⁄ sample for data N(0, DATA²). */
const clean = ({ signal, noise }: Level) => (signal * DATA ** 2) / ((signal * DATA) ** 2 + noise ** 2);
const noiseOf = ({ signal, noise }: Level) => noise / ((signal * DATA) ** 2 + noise ** 2);
const times = (factor: number, sample: Tensor) => sample.map((value) => factor * value);

/** σ at a call, also of methods that look between two entries of the schedule; the last one at the end. */
const sigmaAt = ({ timesteps, noiseLevels, sigmas = [] }: Scheduler, index: number) =>
  index < timesteps.length ? noiseLevels[index]! : sigmas.at(-1)!;
/** `x₀ + σ·ε`, noise predicted. */
const exploding: Picture = {
  level: (scheduler, index) => ({ signal: 1, noise: sigmaAt(scheduler, index) }),
  predict: (sample, level) => times(noiseOf(level), sample),
};
/** `α·x₀ + σ·ε` with α² + σ² = 1, noise predicted. */
const preserving: Picture = {
  level: (scheduler, index) => ({
    signal: 1 / Math.hypot(1, sigmaAt(scheduler, index)),
    noise: sigmaAt(scheduler, index) / Math.hypot(1, sigmaAt(scheduler, index)),
  }),
  predict: exploding.predict,
};
/** `(1 − σ)·x₀ + σ·ε`, velocity ε − x₀ predicted. */
const straight: Picture = {
  level: ({ sigmas = [] }, index) => ({ signal: 1 - sigmas[index]!, noise: sigmas[index]! }),
  predict: (sample, level) => times(noiseOf(level) - clean(level), sample),
};
/** EDM's own: what stands beside c_skip·sample in the clean sample, over c_out, with σ_data as the data have it. */
const edm: Picture = {
  level: exploding.level,
  predict: (sample, level) => {
    const variance = level.noise ** 2 + 1;
    return times((clean(level) - 1 / variance) / (level.noise / Math.sqrt(variance)), sample);
  },
};

/**
 * As which power of the number of steps the error falls: the order of convergence.
 *
 * With Gaussian data the probability-flow ODE keeps every sample on its quantile, so that the exact answer is the sample times the
 * ratio of the deviations at the ends (Song et al. 2021, "Score-Based Generative Modeling through SDEs"). A last step to σ = 0, which
 * no schedule makes shorter, is left out; and multistep methods are given exact first steps, since they begin with lower orders.
 */
function orderOf(
  name: SchedulerName,
  config: object,
  { level, predict }: Picture,
  steps: readonly [number, number],
  exactSteps = 0,
): number {
  const [few, many] = steps.map((count) => {
    const scheduler: Scheduler = schedulerClasses[name].fromConfig(config as Record<string, unknown>);
    scheduler.setTimesteps(count);
    const calls = scheduler.timesteps.length - (scheduler.sigmas!.at(-1) === 0 ? 1 : 0);
    const exact = (index: number) => {
      const { signal, noise } = level(scheduler, index);
      return Tensor.zeros([1, 1, 1, VALUES.length]).map((_, i) => VALUES[i]! * Math.hypot(signal * DATA, noise));
    };
    let sample = exact(0);
    for (const [index, timestep] of scheduler.timesteps.slice(0, calls).entries()) {
      scheduler.scaleModelInput(sample, timestep);
      const { prevSample } = scheduler.step(predict(sample, level(scheduler, index)), timestep, sample);
      sample = index < exactSteps ? exact(index + 1) : prevSample;
    }
    return Math.max(...Array.from(exact(calls).data, (value, i) => Math.abs(sample.data[i]! / value - 1)));
  }) as [number, number];
  return Math.log(few / many) / Math.log(steps[1] / steps[0]);
}

const sd = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', timestep_spacing: 'linspace', clip_sample: false };
const karras = { ...sd, use_karras_sigmas: true };
const multistep = { ...karras, final_sigmas_type: 'sigma_min', lower_order_final: false };
const wide = { sigma_data: 1, sigma_min: 0.05, sigma_max: 20, lower_order_final: false, final_sigmas_type: 'sigma_min' };

const measured: [
  title: string,
  order: number,
  steps: readonly [number, number],
  name: SchedulerName,
  config: object,
  picture: Picture,
  exactSteps?: number,
][] = [
  ['Euler', 1, [40, 80], 'EulerDiscreteScheduler', karras, exploding],
  ["EDM's Euler", 1, [40, 80], 'EDMEulerScheduler', wide, edm],
  ["flow's Euler", 1, [40, 80], 'FlowMatchEulerDiscreteScheduler', { shift: 3 }, straight],
  ['DPM-Solver++ of order 1', 1, [40, 80], 'DPMSolverMultistepScheduler', { ...multistep, solver_order: 1 }, preserving],
  ['Heun', 2, [40, 80], 'HeunDiscreteScheduler', karras, exploding],
  ["flow's Heun", 2, [20, 40], 'FlowMatchHeunDiscreteScheduler', {}, straight],
  ['KDPM2', 2, [40, 80], 'KDPM2DiscreteScheduler', karras, exploding],
  ['DPM++ 2M', 2, [40, 80], 'DPMSolverMultistepScheduler', multistep, preserving, 1],
  ["DPM++ 2M by Heun's rule", 2, [40, 80], 'DPMSolverMultistepScheduler', { ...multistep, solver_type: 'heun' }, preserving, 1],
  ["EDM's DPM++ 2M", 2, [40, 80], 'EDMDPMSolverMultistepScheduler', wide, edm, 1],
  ['DEIS of order 2', 2, [40, 80], 'DEISMultistepScheduler', multistep, preserving, 1],
  ['single-step DPM++ of order 2', 2, [40, 80], 'DPMSolverSinglestepScheduler', multistep, preserving],
  // The authors' formula takes half of the second difference that Taylor's series asks for (see dpmSolver.ts): order 2, in diffusers and here.
  ['DPM++ 3M', 2, [40, 80], 'DPMSolverMultistepScheduler', { ...multistep, solver_order: 3 }, preserving, 2],
  ["EDM's DPM++ 3M", 2, [40, 80], 'EDMDPMSolverMultistepScheduler', { ...wide, solver_order: 3 }, edm, 2],
  ['DEIS of order 3', 3, [40, 80], 'DEISMultistepScheduler', { ...multistep, solver_order: 3 }, preserving, 2],
  ['single-step DPM++ of order 3', 3, [20, 40], 'DPMSolverSinglestepScheduler', { ...multistep, solver_order: 3 }, preserving],
  // The corrector adds one to the order.
  ['UniPC of order 2', 3, [40, 80], 'UniPCMultistepScheduler', multistep, preserving],
  ['UniPC of order 3', 4, [40, 80], 'UniPCMultistepScheduler', { ...multistep, solver_order: 3 }, preserving],
  ['LMS of four predictions', 4, [40, 80], 'LMSDiscreteScheduler', karras, exploding, 3],
];

describe('the order of convergence, measured on Gaussian data with the answer in closed form', () => {
  for (const [title, order, steps, name, config, picture, exactSteps] of measured) {
    it(`${title}: about ${order}`, () => {
      const found = orderOf(name, config, picture, steps, exactSteps);
      assert.ok(Math.abs(found - order) < 0.3, `the error falls as steps^-${found.toFixed(2)}`);
    });
  }
});

/** What single precision leaves of σs that are interpolated there and back. */
const ROUNDING = 1e-4;
/** They go up by design: from the clean sample to noise, or back and forth. */
const rising = ['DDIMInverseScheduler', 'DPMSolverMultistepInverseScheduler', 'RePaintScheduler'];

describe('σ', () => {
  for (const name of (Object.keys(schedulerClasses) as SchedulerName[]).filter((name) => !rising.includes(name))) {
    it(`never rises in a run of ${name}`, () => {
      for (const steps of [4, 7, 25]) {
        const scheduler: Scheduler = schedulerClasses[name].fromConfig({});
        scheduler.setTimesteps(steps);
        const { noiseLevels, sigmas = [] } = scheduler;
        assert.equal(noiseLevels.length, scheduler.timesteps.length);
        for (const levels of [noiseLevels, sigmas])
          for (const [i, level] of levels.entries())
            assert.ok(
              Number.isFinite(level) && (i === 0 || level <= levels[i - 1]! * (1 + ROUNDING)),
              `${steps} steps, entry ${i}: ${levels.join(', ')}`,
            );
      }
    });
  }
});
