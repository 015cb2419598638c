import assert from 'node:assert/strict';
import {
  DDIMScheduler,
  EDMEulerScheduler,
  EulerDiscreteScheduler,
  FlowMatchEulerDiscreteScheduler,
  forwardProcess,
  HeunDiscreteScheduler,
  PNDMScheduler,
  type Scheduler,
  UniPCMultistepScheduler,
} from '../../../../src/pipeline/schedulers/index.js';
import { Generator, weightedSum } from '../../../../src/pipeline/core/index.js';
import { relativeError } from '../../../parity/closeTo.js';

const STEPS = 6;

function processOf(scheduler: Scheduler) {
  scheduler.setTimesteps(STEPS);
  return forwardProcess(scheduler);
}

describe('the forward process along the noise levels of a run', () => {
  const clean = new Generator(1).randn([1, 2, 3, 4]);
  const noise = new Generator(2).randn([1, 2, 3, 4]);

  const kinds: readonly [string, Scheduler][] = [
    ['DDIM', new DDIMScheduler()],
    ['DDIM of v', new DDIMScheduler({ predictionType: 'v_prediction' })],
    ['Euler', new EulerDiscreteScheduler()],
    ['Heun, which asks twice at a level', new HeunDiscreteScheduler()],
    ['PNDM, which repeats a timestep', new PNDMScheduler({ skipPrkSteps: true })],
    ['Euler of flow', new FlowMatchEulerDiscreteScheduler({ shift: 3 })],
    ['Euler of flow that counts from noise', new FlowMatchEulerDiscreteScheduler({ invertSigmas: true })],
    ['a solver of flow', new UniPCMultistepScheduler({ useFlowSigmas: true, predictionType: 'flow_prediction' })],
  ];
  for (const [title, scheduler] of kinds) {
    it(`${title}: each level once, falling, and of shares that join sample and noise as the network sees them`, () => {
      const { path, levels } = processOf(scheduler)!;
      assert.equal(levels.length, STEPS);
      assert.ok(levels.every(({ time }, i) => i === 0 || time < levels[i - 1]!.time));
      for (const { index, timestep, signal, noise: share } of levels) {
        assert.equal(timestep, scheduler.timesteps[index]);
        assert.ok(Math.abs(path === 'flow' ? signal + share - 1 : signal ** 2 + share ** 2 - 1) < 1e-6);
      }
      const at = levels[2]!;
      scheduler.setBeginIndex(at.index);
      const theirs = scheduler.scaleModelInput(scheduler.addNoise(clean, noise, at.timestep), at.timestep);
      // diffusers noises by σ as it stands, also where it counts the clean share.
      if (!title.includes('counts from noise'))
        assert.ok(relativeError(weightedSum([at.signal, clean], [at.noise, noise]).data, theirs.data) < 1e-5);
    });

    it(`${title}: a prediction that is right gives the clean sample back`, () => {
      const { path, levels, original } = processOf(scheduler)!;
      const at = levels[1]!;
      const { predictionType } = scheduler.config as { predictionType?: string };
      const sample = weightedSum([at.signal, clean], [at.noise, noise]);
      const right =
        path === 'flow'
          ? weightedSum([1, noise], [-1, clean])
          : predictionType === 'v_prediction'
            ? weightedSum([at.signal, noise], [-at.noise, clean])
            : noise;
      assert.ok(relativeError(original(right, sample, at).data, clean.data) < 1e-4);
    });
  }

  it('is not known on other paths', () => assert.equal(processOf(new EDMEulerScheduler()), undefined));
});
