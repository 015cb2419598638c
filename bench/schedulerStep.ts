import { chosenScheduler, Generator, LatentDiffusionModel, schedulerClasses } from '../src/index.js';
import { round } from './overhead.js';

const steps = 20;
const rounds = 5;
const GOAL = 0.01;
/** Classes for models of another path of noise, or that run the other way. */
const others = /Flow|EDM|Cosine|CMStochastic|^SCM|Inverse|RePaint/;

/**
 * What a step of each scheduler takes ÷ one call of the UNet of the model that comes with Frameloom, on the same latents (goal: at most
 * 0.01). Processor time, the least of a few rounds; the median of the schedulers is told, and those above the goal.
 */
export async function schedulerStep(): Promise<object> {
  const model = await LatentDiffusionModel.fromPretrained();
  const dims = model.latentDims(model.windowFrames, model.sampleSize);
  const sample = new Generator(0).randn(dims);
  const modelOutput = new Generator(1).randn(dims);
  const { embeddings } = await model.textEncoder.encode('a red car');
  let unetSeconds = Infinity;
  for (let turn = 0; turn < rounds; turn++) {
    const began = process.cpuUsage();
    await model.unet.predict(sample, 500, { embeddings, guidanceScale: 1 });
    unetSeconds = Math.min(unetSeconds, secondsSince(began));
  }
  await model.release();
  const ratios = Object.keys(schedulerClasses)
    .filter((name) => !others.test(name))
    .map((name) => {
      let least = Infinity;
      for (let turn = 0; turn < rounds; turn++) {
        const scheduler = chosenScheduler(name, model.schedulerConfig);
        scheduler.setTimesteps(steps);
        const generator = new Generator(2);
        let latents = sample;
        const began = process.cpuUsage();
        for (const timestep of scheduler.timesteps) latents = scheduler.step(modelOutput, timestep, latents, { generator }).prevSample;
        least = Math.min(least, secondsSince(began) / scheduler.timesteps.length);
      }
      return { name, ratio: round(least / unetSeconds) };
    })
    .sort((a, b) => a.ratio - b.ratio);
  return {
    latents: dims.join(' × '),
    unetProcessorSeconds: round(unetSeconds),
    schedulers: ratios.length,
    median: ratios[Math.floor(ratios.length / 2)]!.ratio,
    above: ratios.filter(({ ratio }) => ratio > GOAL),
    goal: `<= ${GOAL}`,
  };
}

function secondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}
