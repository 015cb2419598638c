import { type CaptureOptions, LatentDiffusionModel } from '../src/index.js';
import { round } from './overhead.js';

const prompt = 'a big red car moving right on a blue background';
const steps = 20;
const rounds = 4;

/**
 * What capturing costs: processor time of generating a clip with latents and pictures of every step ÷ without (goal: at most
 * 1.10), with the attention of three words ÷ without (goal: at most 1.25), and bytes of a step.
 *
 * Processor time, because other programs on the machine hardly change it; the kinds take turns, and the least of each counts.
 */
export async function capture(): Promise<object> {
  const model = await LatentDiffusionModel.fromPretrained();
  const kinds: Record<string, CaptureOptions | undefined> = {
    plain: undefined,
    latentsAndFrames: { latents: true, frames: 'linear' },
    attention: { latents: false, attention: ['red', 'car', 'blue'] },
  };
  const seconds: Record<string, number> = {};
  const bytes: Record<string, number> = {};
  // The first round allocates memory, compiles JavaScript and makes the tapped session; it does not count.
  for (let turn = 0; turn <= rounds; turn++) {
    for (const [kind, options] of Object.entries(kinds)) {
      const started = process.cpuUsage();
      const video = await model.generateVideo(prompt, { numInferenceSteps: steps, seed: 1, capture: options });
      const { user, system } = process.cpuUsage(started);
      const took = (user + system) / 1e6;
      if (turn > 0) seconds[kind] = Math.min(seconds[kind] ?? Infinity, took);
      bytes[kind] = Math.round((video.run?.byteLength ?? 0) / steps);
      await video.run?.close();
      await video.close();
    }
  }
  await model.release();
  const { plain, latentsAndFrames, attention } = seconds as Record<string, number>;
  return {
    plainProcessorSeconds: round(plain!),
    latentsAndFrames: { ratio: round(latentsAndFrames! / plain!), goal: '<= 1.1', bytesPerStep: bytes.latentsAndFrames },
    attentionOfThreeWords: { ratio: round(attention! / plain!), goal: '<= 1.25', bytesPerStep: bytes.attention },
  };
}
