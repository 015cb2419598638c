import { Run } from '../../pipeline/capture/index.js';
import { checkOptions, text, ArgumentError } from '../../pipeline/core/index.js';
import type { Bundle, RunView } from '../../shared/outputs/index.js';
import { describeRun, runBundle } from './runBundle.js';
import type { RunBundleOptions } from './runBundle.js';
import { displaySink } from '../sink.js';
import type { DisplaySink } from '../sink.js';

/** How a run or a part of it is shown. */
export interface ShowRunOptions {
  /** What to call it. Default the prompt. */
  title?: string;
}

/**
 * Shows a run's steps: the clip as the model believed it to be, steps down and frames across, between source and result.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING` when neither pictures nor latents were captured.
 */
export function showSteps(run: Run, options: ShowRunOptions = {}): Promise<void> {
  return showView(run, 'steps', options);
}

/**
 * Shows a run's latents: each channel as a map in viridis with its range and its histogram, over the steps.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING`.
 */
export function showLatents(run: Run, options: ShowRunOptions = {}): Promise<void> {
  return showView(run, 'latents', options);
}

/**
 * Shows where the model put words of the prompt, on every frame, and how much attention they drew over the steps.
 *
 * @param words as typed; default all words whose attention was captured.
 * @throws {FrameloomError} `FL_CAPTURE_MISSING`, or `FL_CAPTURE_WORD` listing the words there are.
 */
export async function showAttention(run: Run, words?: readonly string[], options: ShowRunOptions = {}): Promise<void> {
  checkWords(words);
  return showView(run, 'attention', options, words);
}

/**
 * Shows how much the frames of a run look at each other: a map of frames by frames in the mean, and one for each layer.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING` when it was not captured.
 */
export function showFrameAttention(run: Run, options: ShowRunOptions = {}): Promise<void> {
  return showView(run, 'frames', options);
}

/** Shows the path of noise: σ and log-SNR at every timestep, where the run began, and what each step changed. */
export function showSchedule(run: Run, options: ShowRunOptions = {}): Promise<void> {
  return showView(run, 'schedule', options);
}

async function showView(run: Run, view: RunView, options: ShowRunOptions, words?: readonly string[]): Promise<void> {
  const name = view === 'frames' ? 'frameAttention' : view;
  checkOptions(`show${name[0]!.toUpperCase()}${name.slice(1)}`, options, { title: text });
  const { title } = options;
  if (!(run instanceof Run)) throw new ArgumentError('run', run, 'a captured run: the `run` of a clip that was made with `capture`');
  const sink = displaySink();
  sink.display(await bundleOfRun(run, { title, views: [view], words }, sink));
}

/** The forms in which a run is shown; where outputs are only text, a line. */
export async function bundleOfRun(run: Run, options: Omit<RunBundleOptions, 'sideFolder'>, { sideFolder }: DisplaySink): Promise<Bundle> {
  return sideFolder ? runBundle(run, { ...options, sideFolder }) : { 'text/plain': describeRun(run) };
}

/** @throws ArgumentError unless it is a list of words. */
function checkWords(words: unknown): asserts words is readonly string[] | undefined {
  if (words !== undefined && !(Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string'))) {
    throw new ArgumentError('words', words, "a list of words of the prompt, such as ['car'], or left out for all that were captured");
  }
}
