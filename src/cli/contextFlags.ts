import { type Command, Option } from 'commander';
import type { ContextOptions, ContextSchedule, ContextWeights } from '../index.js';
import { number } from './flagValues.js';

/** What the flags for context windows parse to, as commander names them. */
export interface ContextFlags {
  contextSchedule?: ContextSchedule;
  contextFrames?: number;
  contextStride?: number;
  contextOverlap?: number;
  contextWeights?: ContextWeights;
}

/** Adds the flags for clips that are predicted window by window at every step. */
export function addContextFlags(command: Command): Command {
  return command
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
      ]),
    );
}

/** The options of the flags; undefined flags are left for the library's defaults. */
export function contextOptions({
  contextSchedule,
  contextFrames,
  contextStride,
  contextOverlap,
  contextWeights,
}: ContextFlags): ContextOptions {
  return { contextSchedule, contextFrames, contextStride, contextOverlap, contextWeights };
}
