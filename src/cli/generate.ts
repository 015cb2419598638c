import { type Command, Option } from 'commander';
import {
  checkGenerateVideoOptions,
  FrameloomError,
  type FreeInitMethod,
  type FreeInitOptions,
  type FreeNoiseType,
  type GenerateVideoOptions,
  LatentDiffusionModel,
  Stopwatch,
} from '../library.js';
import { addCommonOptions, checkPrompt, type CommonFlags, diffusionOptions, loadOptions } from './commonOptions.js';
import { number } from './flagValues.js';
import { followRuns } from './history.js';
import { interruptSignal } from './interrupt.js';
import { commonOutputs, prepareOutputs } from './outputs.js';
import { ProgressDisplay } from './progressDisplay.js';
import { addPromptToPromptFlags, type PromptToPromptFlags, promptToPromptOptions } from './promptToPromptFlags.js';
import { resumably } from './resumable.js';
import { closeShownClips, openShownClips, shownFiles } from './shownClipFlags.js';
import { printSummary, summarise, writeContactSheet } from './summary.js';

interface GenerateFlags extends CommonFlags, PromptToPromptFlags {
  numFrames?: number;
  fps?: number;
  deflicker?: number;
  freeInit?: number;
  freeInitFilter?: FreeInitMethod;
  freeNoise?: FreeNoiseType;
}

/** `frameloom generate PROMPT -o OUT` */
export function registerGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('make a video from a prompt alone')
    .argument('<prompt>', 'what the video should show; (words:1.3) count more');
  addPromptToPromptFlags(addCommonOptions(command))
    .option('--num-frames <n>', 'frames to make', number)
    .option('--fps <n>', 'frames a second of the result', number)
    .option(
      '--deflicker <distance>',
      'how far apart colours of neighbouring frames may be and become one, 0 to 1; 0 takes no flicker away (default: what the model recommends)',
      number,
    )
    .option(
      '--free-init <passes>',
      'for motion models: make the clip so many times, each from the low frequencies of the one before (FreeInit; 3 is usual)',
      number,
    )
    .addOption(
      new Option('--free-init-filter <word>', 'which low frequencies (default: butterworth)').choices([
        'butterworth',
        'gaussian',
        'ideal',
        'box',
      ]),
    )
    .addOption(
      new Option(
        '--free-noise <word>',
        'for motion models, with --context-schedule: frames of a long clip take the noise of its first ones, in another order or over again (FreeNoise)',
      ).choices(['shuffle_context', 'repeat_context']),
    )
    .action(generate);
}

async function generate(prompt: string, flags: GenerateFlags): Promise<void> {
  const signal = interruptSignal();
  const display = new ProgressDisplay(process.stderr, flags.quiet);
  const stopwatch = new Stopwatch();
  const options: GenerateVideoOptions = {
    ...diffusionOptions(flags),
    numFrames: flags.numFrames,
    fps: flags.fps,
    deflicker: flags.deflicker,
    freeInit: freeInitOf(flags),
    promptToPrompt: promptToPromptOptions(flags),
    freeNoise: flags.freeNoise && { noiseType: flags.freeNoise },
    signal,
    stopwatch,
    onProgress: display.report,
    onNotice: display.notice,
  };
  checkPrompt(prompt);
  checkGenerateVideoOptions(options);
  await followRuns(flags);
  const takeAway = await prepareOutputs(commonOutputs(flags), shownFiles(flags));
  try {
    const steering = await openShownClips(flags, { signal, onNotice: display.notice });
    const model = await LatentDiffusionModel.fromPretrained(flags.model, loadOptions(flags));
    const { saved, result } = await resumably({ flags, prompt, model, notice: display.notice }, async (seed) => {
      const made = await model.generateVideo(prompt, { ...options, ...steering, seed }).finally(() => display.clear());
      const written = await stopwatch.measure('write', () => made.save(flags.output, { signal }));
      return { saved: written, result: made };
    });
    printSummary(summarise(saved, result, stopwatch), flags, await writeContactSheet(flags, [result], [prompt]));
    await result.close();
    await closeShownClips(steering);
  } finally {
    await takeAway();
  }
}

/** @throws {FrameloomError} `FL_USAGE` for a filter that nothing goes through. */
function freeInitOf({ freeInit: iterations, freeInitFilter: method }: GenerateFlags): FreeInitOptions | undefined {
  if (iterations === undefined && method !== undefined)
    throw new FrameloomError(
      'FL_USAGE',
      '--free-init-filter says nothing without --free-init: give the number of passes too, for instance --free-init 3.',
    );
  return iterations === undefined ? undefined : { iterations, method };
}
