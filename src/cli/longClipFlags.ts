import { type Command, Option } from 'commander';
import type { ContextOptions, ContextSchedule, ContextWeights, DiffusionOptions, NumberSchedule, PromptTravel } from '../index.js';
import { keyframes, number, schedule } from './flagValues.js';

/** What the flags for long clips parse to, as commander names them. */
export interface LongClipFlags {
  contextSchedule?: ContextSchedule;
  contextFrames?: number;
  contextStride?: number;
  contextOverlap?: number;
  contextWeights?: ContextWeights;
  contextInside?: ContextOptions['contextInside'];
  promptTravel?: PromptTravel;
  zoom?: NumberSchedule;
  angle?: NumberSchedule;
  translationX?: NumberSchedule;
  translationY?: NumberSchedule;
}

/** Adds the flags for clips that are predicted window by window at every step, and whose prompt travels. */
export function addLongClipFlags(command: Command): Command {
  return command
    .option(
      '--prompt-travel <schedule>',
      'texts in place of the prompt, by the frame from which they hold, with what lies between them between: "0:a car by day; 48:a car by night"',
      (text) => keyframes(text, /;/, '0:by day; 48:by night') as PromptTravel,
    )
    .option('--zoom <n>', 'what the picture grows by from frame to frame, a number or by frames: 1.02, "0: 1, 12: 1.05"', schedule)
    .option('--angle <n>', 'degrees by which it turns from frame to frame, anticlockwise; likewise', schedule)
    .option('--translation-x <n>', 'pixels by which it moves to the right from frame to frame; likewise', schedule)
    .option('--translation-y <n>', 'pixels by which it moves down from frame to frame; likewise', schedule)
    .addOption(
      new Option(
        '--context-schedule <word>',
        'for motion models: make a long clip as one, in windows averaged at every step, that shift, stay, or close the clip to a loop',
      ).choices(['uniform', 'static', 'looped']),
    )
    .option('--context-frames <n>', 'frames of such a window (default: what the model was trained on)', number)
    .option('--context-stride <n>', 'strides of such windows: 2 adds windows of every second frame, 3 of every fourth (default: 1)', number)
    .option('--context-overlap <n>', 'frames that such windows share (default: a quarter of a window)', number)
    .addOption(
      new Option('--context-weights <word>', 'what frames count where such windows overlap (default: pyramid)').choices([
        'flat',
        'pyramid',
        'overlap-linear',
        'delayed-reverse-sawtooth',
      ]),
    )
    .addOption(
      new Option(
        '--context-inside <word>',
        'with --context-schedule static: average windows inside of every motion module rather than what the network predicts (FreeNoise)',
      ).choices(['motion-modules']),
    );
}

/** The options of the flags; undefined flags are left for the library's defaults. */
export function longClipOptions({
  contextSchedule,
  contextFrames,
  contextStride,
  contextOverlap,
  contextWeights,
  contextInside,
  promptTravel: travel,
  zoom,
  angle,
  translationX,
  translationY,
}: LongClipFlags): Pick<DiffusionOptions, keyof ContextOptions | 'promptTravel' | 'camera'> {
  const moves = [zoom, angle, translationX, translationY].some((each) => each !== undefined);
  return {
    contextSchedule,
    contextFrames,
    contextStride,
    contextOverlap,
    contextWeights,
    contextInside,
    promptTravel: travel,
    ...(moves && { camera: { zoom, angle, translationX, translationY } }),
  };
}
