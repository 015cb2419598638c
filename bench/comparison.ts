import path from 'node:path';
import { compareSchedulers, LatentDiffusionModel, Video } from '../src/index.js';
import { round } from './overhead.js';

const sourcePrompt = 'a big red car moving right on a blue background';
const prompt = 'a big green car moving right on a blue background';
const guidanceScales = [2, 3, 5, 8];
const steps = 10;
const options = { method: 'diffedit', sourcePrompt } as const;
const rounds = 3;

/**
 * What a grid of edits takes ÷ as many separate calls (goal: at most 0.75): four strengths of guidance by DiffEdit, which share the
 * encoded source, the map of what is to change and the inversion. The grid measures its cells besides, which the separate calls do not.
 *
 * Processor time; both take turns, and the least of each counts.
 */
export async function comparison(): Promise<object> {
  const model = await LatentDiffusionModel.fromPretrained();
  const clip = await Video.open(path.join(__dirname, '../media/samples/red-car.mp4'), { width: 128, height: 128 });
  const onNotice = (): void => undefined;
  const ways = {
    async grid() {
      await compareSchedulers(model, clip, prompt, { steps: [steps], vary: { guidanceScale: guidanceScales }, options, onNotice }).finish();
    },
    async separate() {
      for (const guidanceScale of guidanceScales)
        await model.editVideo(clip, prompt, { ...options, numInferenceSteps: steps, guidanceScale, seed: 0, onNotice });
    },
  };
  const seconds: Record<string, number> = {};
  // The first round allocates memory and compiles JavaScript; it does not count.
  for (let turn = 0; turn <= rounds; turn++) {
    for (const [way, run] of Object.entries(ways)) {
      const started = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(started);
      if (turn > 0) seconds[way] = Math.min(seconds[way] ?? Infinity, (user + system) / 1e6);
    }
  }
  await model.release();
  return {
    cells: guidanceScales.length,
    separateProcessorSeconds: round(seconds.separate!),
    grid: { ratio: round(seconds.grid! / seconds.separate!), goal: '<= 0.75' },
  };
}
