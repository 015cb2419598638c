// npm run bench [-- --json] [overhead firstPicture decode memory framesMemory kernel extension attentionInMask capture comparison schedulerStep renderer checkpoint ratios videoTransformers soak]: measures on this machine, right now, side by side with the alternative.
import { attentionInMask } from './attentionInMask.js';
import { capture } from './capture.js';
import { checkpoint } from './checkpoint.js';
import { comparison } from './comparison.js';
import { decodeThroughput } from './decodeThroughput.js';
import { extension } from './extension.js';
import { firstPicture } from './firstPicture.js';
import { framesMemory } from './framesMemory.js';
import { kernel } from './kernel.js';
import { longClipMemory } from './longClipMemory.js';
import { overhead } from './overhead.js';
import { ratios } from './ratios.js';
import { renderer } from './renderer.js';
import { schedulerStep } from './schedulerStep.js';
import { soak } from './soak.js';
import { videoTransformers } from './videoTransformers.js';

const benchmarks = {
  overhead,
  firstPicture,
  decode: decodeThroughput,
  memory: longClipMemory,
  framesMemory,
  kernel,
  extension,
  attentionInMask,
  capture,
  comparison,
  schedulerStep,
  renderer,
  checkpoint,
  ratios,
  videoTransformers,
  soak,
};
/** These take long, and gigabytes or hours: only when they are named. */
const onlyWhenNamed = ['checkpoint', 'ratios', 'videoTransformers', 'soak'];

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const chosen = args.filter((name) => name in benchmarks);
  const results: Record<string, object> = {};
  for (const [name, measure] of Object.entries(benchmarks)) {
    if (chosen.length > 0 ? !chosen.includes(name) : onlyWhenNamed.includes(name)) continue;
    results[name] = await measure();
    if (!args.includes('--json')) console.log(name, results[name]);
  }
  if (args.includes('--json')) console.log(JSON.stringify(results));
}

void main();
