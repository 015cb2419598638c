import assert from 'node:assert/strict';
import { Generator, type Tensor } from '../../../../src/pipeline/core/index.js';
import { isSchedulerName, type Scheduler, schedulerByName, schedulerNames } from '../../../../src/pipeline/schedulers/index.js';

/** Settings that give a class more to remember than its defaults do. */
const further = [
  'PNDMScheduler:skipPrkSteps',
  'DPMSolverMultistepScheduler:solverOrder=3',
  'DPMSolverMultistepScheduler:algorithmType=sde-dpmsolver++,karras',
  'DDIMScheduler:eta=1',
  'EulerDiscreteScheduler:sChurn=4',
  'UniPCMultistepScheduler:solverOrder=3',
  'SASolverScheduler:predictorOrder=3,correctorOrder=4',
  'DPMSolverSinglestepScheduler:solverOrder=3',
  'DEISMultistepScheduler:solverOrder=3',
  'DPMSolverSDEScheduler:noiseSamplerSeed=7',
  'heun:kl_optimal',
];
const model = (sample: Tensor, t: number): Tensor => sample.map((value) => Math.tanh(0.8 * value + 0.3 * Math.sin(0.01 * t)));
const steps = 7;

function begun(name: string, begin: number): Scheduler {
  const scheduler = schedulerByName(name);
  scheduler.setTimesteps(steps);
  scheduler.setBeginIndex(begin);
  return scheduler;
}

const advance = (scheduler: Scheduler, index: number, sample: Tensor, generator: Generator): Tensor => {
  const t = scheduler.timesteps[index]!;
  return scheduler.step(model(scheduler.scaleModelInput(sample, t), t), t, sample, { generator, originalImage: sample, mask: sample })
    .prevSample;
};

describe('the state of a scheduler', () => {
  for (const name of [...schedulerNames.filter(isSchedulerName), ...further]) {
    it(`${name}: put back after any step, the run goes on as it would have, bit for bit`, () => {
      const first = begun(name, 0).order;
      const generator = new Generator(3);
      const whole = begun(name, first);
      let sample = generator.randn([2, 4, 4, 4]);
      const kept = [];
      for (let index = first; index < whole.timesteps.length; index++) {
        kept.push({ index, sample, noise: generator.state, state: whole.state });
        sample = advance(whole, index, sample, generator);
        assert.ok(whole.state.tensors.length <= whole.mostStateTensors, `${whole.state.tensors.length} tensors`);
        for (const value of whole.state.numbers) assert.equal(Math.fround(value), value);
      }
      for (const { index, sample: at, noise, state } of kept) {
        const resumed = begun(name, index);
        resumed.restore(state);
        // A run that goes on has its seed, too, from which some noise is found anew.
        const again = new Generator(3);
        again.state = noise;
        let latents = at;
        for (let i = index; i < resumed.timesteps.length; i++) latents = advance(resumed, i, latents, again);
        assert.deepEqual(latents.data, sample.data, `from entry ${index}`);
      }
    });
  }
});
