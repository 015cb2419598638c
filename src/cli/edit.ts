import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  checkEditVideoOptions,
  type EditVideoOptions,
  LatentDiffusionModel,
  type NumberSchedule,
  type SavedVideo,
  type Shard,
  sideBySide,
  Stopwatch,
  Video,
  type VideoOpenOptions,
} from '../library.js';
import { addCommonOptions, checkPrompt, type CommonFlags, diffusionOptions, loadOptions } from './commonOptions.js';
import { number, schedule } from './flagValues.js';
import { followRuns } from './history.js';
import { interruptSignal } from './interrupt.js';
import { addMaskFlags, type MaskFlags, maskOf, openMask } from './maskFlags.js';
import { addMethodFlags, methodOptions } from './methodFlags.js';
import { commonOutputs, prepareOutputs } from './outputs.js';
import { ProgressDisplay } from './progressDisplay.js';
import { resumably } from './resumable.js';
import { addShardFlag, checkPartOutputs } from './shardFlags.js';
import { closeShownClips, openShownClips, shownFiles } from './shownClipFlags.js';
import { printSummary, shown, summarise, writeContactSheet } from './summary.js';

interface EditFlags extends CommonFlags, MaskFlags {
  strength?: NumberSchedule;
  sourcePrompt?: string;
  resolution?: 'model' | 'source';
  crop?: 'around';
  fit?: 'cover' | 'contain' | 'fill';
  start?: number;
  end?: number;
  fps?: number;
  maxFrames?: number;
  windowFrames?: number;
  windowOverlap?: number;
  audio?: boolean;
  audioTrack?: number;
  sideBySide?: string;
  imageGuidanceScale?: number;
  shard?: Shard;
}

/** `frameloom edit IN PROMPT -o OUT` */
export function registerEdit(program: Command): void {
  const command = program
    .command('edit')
    .description('edit a video until it fits a prompt')
    .argument('<input>', 'a video, an image sequence (frames/%04d.png) or a folder of images')
    .argument('<prompt>', 'what the video should show; (words:1.3) count more');
  addMethodFlags(addCommonOptions(command));
  addMaskFlags(command);
  addShardFlag(command);
  command
    .option('--source-prompt <text>', 'what the input shows; read from it when left out')
    .option(
      '-s, --strength <n>',
      'how far from the source the edit may go, above 0 up to 1 (default: what suits the change); with some methods also by frames: "0: 0.3, 48: 0.8", or a formula such as "0.5 + 0.3*loudness"',
      schedule,
    )
    .option('--image-guidance-scale <n>', 'for InstructPix2Pix: how closely to keep to the input, from 1 on (default: 1.5)', number)
    .option('--start <s>', 'first second of the input to use', number)
    .option('--end <s>', 'second of the input to stop at', number)
    .option('--fps <n>', 'frames a second to read the input at', number)
    .option('--max-frames <n>', 'frames to read at most', number)
    .addOption(
      new Option(
        '--resolution <whose>',
        "size of the result: the model's, or the input's, whose unchanged pixels stay (default: model)",
      ).choices(['model', 'source']),
    )
    .addOption(new Option('--crop <how>', "work on the part around the mask at the model's size, and put it back").choices(['around']))
    .addOption(new Option('--fit <how>', 'how the input is fitted to the size worked at').choices(['cover', 'contain', 'fill']))
    .option('--window-frames <n>', 'frames that are edited together (default: all, where the model takes as many)', number)
    .option('--window-overlap <n>', 'frames that neighbouring windows of a long clip share', number)
    .option('--audio-track <n>', "the input's track of sound to keep, counted from 0 (default: the one that the file marks)", number)
    .option('--no-audio', "leave the input's sound out")
    .option('--side-by-side <file>', 'also write a video of source and result side by side')
    .action(edit);
}

async function edit(input: string, prompt: string, flags: EditFlags): Promise<void> {
  const signal = interruptSignal();
  const display = new ProgressDisplay(process.stderr, flags.quiet);
  const stopwatch = new Stopwatch();
  const options: EditVideoOptions = {
    ...diffusionOptions(flags),
    strength: flags.strength,
    sourcePrompt: flags.sourcePrompt,
    imageGuidanceScale: flags.imageGuidanceScale,
    resolution: flags.resolution,
    crop: flags.crop,
    fit: flags.fit,
    windowFrames: flags.windowFrames,
    windowOverlap: flags.windowOverlap,
    shard: flags.shard,
    ...methodOptions({ ...flags }),
    signal,
    stopwatch,
    onProgress: display.report,
    onNotice: display.notice,
  };
  checkPrompt(prompt);
  // What the flags alone tell is looked at before files are opened; a mask's file counts as a mask.
  checkEditVideoOptions(flags.mask === undefined ? { ...options, mask: maskOf(flags, undefined) } : { ...options, crop: undefined });
  const outputs = [...commonOutputs(flags), { option: '--side-by-side', file: flags.sideBySide }];
  checkPartOutputs(flags.shard, outputs);
  await followRuns(flags);
  const takeAway = await prepareOutputs(outputs, [input, flags.mask, ...shownFiles(flags)]);
  try {
    const clip = await Video.open(input, { ...openOptions(flags), signal, onNotice: display.notice });
    const maskClip = await openMask(flags.mask, { ...openOptions(flags), signal, onNotice: display.notice });
    const mask = maskOf(flags, maskClip);
    const steering = await openShownClips(flags, { signal, onNotice: display.notice });
    const model = await LatentDiffusionModel.fromPretrained(flags.model, loadOptions(flags));
    const digest = flags.resumable ? (await clip.describeSource(signal))?.sha256 : undefined;
    const { saved, result } = await resumably({ flags, prompt, input: digest, model, notice: display.notice }, async (seed) => {
      const edited = await model.editVideo(clip, prompt, { ...options, ...steering, mask, seed }).finally(() => display.clear());
      const written = await stopwatch.measure('write', () => edited.save(flags.output, { audio: flags.audio, signal }));
      return { saved: written, result: edited };
    });
    const beside = await writeSideBySide(clip, result, flags.sideBySide, signal);
    const sheet = await writeContactSheet(flags, [clip, result], [path.basename(input), prompt]);
    printSummary(summarise(saved, result, stopwatch), flags, [
      ...beside.map(({ path }) => `Wrote ${shown(path)}: source and result side by side.`),
      ...sheet,
    ]);
    await result.close();
    for (const each of [clip, maskClip]) await each?.close();
    await closeShownClips(steering);
  } finally {
    await takeAway();
  }
}

/** The options of `Video.open` that the flags name. */
function openOptions({ start, end, fps, maxFrames, audioTrack, ffmpeg }: EditFlags): VideoOpenOptions {
  return { start, end, fps, maxFrames, audioTrack, ffmpegPath: ffmpeg };
}

async function writeSideBySide(clip: Video, result: Video, file: string | undefined, signal: AbortSignal): Promise<SavedVideo[]> {
  if (!file) return [];
  const both = await sideBySide(clip, result, { labels: ['source', 'edited'] });
  return [await both.save(file, { signal })];
}
