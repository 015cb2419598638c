import type { Command } from 'commander';
import { LatentDiffusionModel, Stopwatch } from '../pipeline/index.js';
import { addCommonOptions, type CommonFlags, diffusionOptions, number, runtimeOptions } from './commonOptions.js';
import { interruptSignal } from './interrupt.js';
import { prepareOutputs } from './outputs.js';
import { ProgressDisplay } from './progressDisplay.js';
import { printSummary, summarise, writeContactSheet } from './summary.js';

interface GenerateFlags extends CommonFlags {
  numFrames?: number;
  fps?: number;
}

/** `frameloom generate PROMPT -o OUT` */
export function registerGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('make a video from a prompt alone')
    .argument('<prompt>', 'what the video should show; (words:1.3) count more');
  addCommonOptions(command)
    .option('--num-frames <n>', 'frames to make', number)
    .option('--fps <n>', 'frames a second of the result', number)
    .action(generate);
}

async function generate(prompt: string, flags: GenerateFlags): Promise<void> {
  const signal = interruptSignal();
  const display = new ProgressDisplay(process.stderr, flags.quiet);
  const stopwatch = new Stopwatch();
  await prepareOutputs([flags.output, flags.contactSheet]);
  const model = await LatentDiffusionModel.fromPretrained(flags.model, { ...runtimeOptions(flags), scheduler: flags.scheduler });
  const result = await model
    .generateVideo(prompt, {
      ...diffusionOptions(flags), numFrames: flags.numFrames, fps: flags.fps,
      signal, stopwatch, onProgress: display.report, onNotice: display.notice,
    })
    .finally(() => display.clear());
  try {
    const saved = await stopwatch.measure('write', () => result.save(flags.output, { signal }));
    printSummary(summarise(saved, result, stopwatch), flags, await writeContactSheet(flags, [result], [prompt]));
  } finally {
    await result.close();
  }
}
