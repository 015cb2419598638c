import { recorded } from '../capture/recorder.js';
import { ArgumentError, throwIfAborted } from '../errors.js';
import { withAmbient } from '../diffusion/ambientOptions.js';
import type { EditVideoOptions } from '../diffusion/options.js';
import { type PreparedRun, prepareRun, recordedSettings } from '../diffusion/prepare.js';
import { decodeWindows, type WindowPart } from '../diffusion/joinWindows.js';
import { ProgressTracker } from '../diffusion/progress.js';
import { countWindows, slidingWindows, type Window } from '../diffusion/windows.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import { describeProvenance, type Frame, type Video } from '../video/index.js';
import type { EditingMethod } from './editingMethod.js';
import { diffedit } from './diffedit.js';
import { sdedit } from './sdedit.js';

/** Strength when none is given: enough to change what a thing is, with its place and motion kept. */
const DEFAULT_STRENGTH = 0.6;

/** Bytes of edited frames kept in memory; longer results go to a temporary file, so that memory does not grow with them. */
const RESULT_MEMORY = 8 << 20;

/**
 * Edits a clip towards a prompt; {@link LatentDiffusionModel.editVideo} is its face.
 *
 * The clip streams through in windows, so memory does not grow with its length.
 */
export async function editVideo(model: LatentDiffusionModel, clip: Video, prompt: string, given: EditVideoOptions): Promise<Video> {
  const options = withAmbient(given, model);
  const size = { ...model.fitSize(clip.width, clip.height), ...definedSize(options) };
  const run = await prepareRun(model, prompt, options, size);
  const strength = options.strength ?? DEFAULT_STRENGTH;
  const method = await chooseMethod(run, options, strength);
  const windowSize = model.windowFrames;
  const overlap = windowOverlap(options, windowSize, model);

  const scaled = await clip.resize({ ...size, fit: options.fit ?? 'cover' });
  const windows = clip.frameCount === undefined ? undefined : countWindows(clip.frameCount, windowSize, overlap);
  await run.recorder?.reserve({ frames: Math.min(windowSize, clip.frameCount ?? windowSize), steps: method.steps(run), windows, keepsSource: method.keepsSource });
  const tracker = new ProgressTracker(options.onProgress, method.steps(run), windows);
  const frames = run.stopwatch.waitingFor('decode', scaled.frames({ signal: options.signal }));
  const edited = decodeWindows(run, editWindows(run, method, slidingWindows(frames, windowSize, overlap), tracker), tracker);
  const provenance = describeProvenance({
    version: model.libraryVersion, kind: 'edited', model: model.name, prompt, negativePrompt: options.negativePrompt, seed: run.seed,
    settings: { method: method.name, strength, sourcePrompt: options.sourcePrompt, fit: options.fit ?? 'cover', windowOverlap: overlap, ...recordedSettings(run) },
    source: await clip.describeSource(options.signal),
  });
  return recorded(run, { provenance, source: clip }, () => clip.withFrames(edited, { fps: clip.fps, provenance, memoryLimit: RESULT_MEMORY }));
}

/** Edits window after window. */
async function* editWindows(run: PreparedRun, method: EditingMethod, windows: AsyncIterable<Window<Frame>>, tracker: ProgressTracker): AsyncGenerator<WindowPart> {
  const { model, options, stopwatch } = run;
  for await (const { start, frames, nextStart } of windows) {
    throwIfAborted(options.signal, 'Editing the video');
    tracker.beginWindow();
    const source = await stopwatch.measure('encode', () => model.encodeFrames(frames, run.generator));
    const padded = model.padFrames(source);
    const onStep = ({ step, timestep, sigma }: { step: number; timestep: number; sigma?: number }) => tracker.stepDone(step, timestep, sigma);
    const latents = await method.edit(run, { source: padded, frames: { start, end: start + frames.length }, onStep });
    yield { start, rows: latents.slice(0, frames.length), nextStart };
  }
}

/** The method that the options name. */
async function chooseMethod(run: PreparedRun, options: EditVideoOptions, strength: number): Promise<EditingMethod> {
  const { method = 'sdedit', sourcePrompt = '' } = options;
  switch (method) {
    case 'sdedit':
      return sdedit(strength);
    case 'diffedit':
      return diffedit(strength, await run.condition(sourcePrompt));
    default:
      throw new ArgumentError('method', method, 'sdedit or diffedit');
  }
}

function windowOverlap(options: EditVideoOptions, windowSize: number, model: LatentDiffusionModel): number {
  const overlap = options.windowOverlap ?? (model.unet.hasMotion ? Math.floor(windowSize / 4) : 0);
  if (!Number.isInteger(overlap) || overlap < 0 || overlap >= windowSize) {
    throw new ArgumentError('windowOverlap', overlap, `a whole number from 0 to ${windowSize - 1} (this model works on ${windowSize} frames at a time)`);
  }
  return overlap;
}

function definedSize({ width, height }: EditVideoOptions): { width?: number; height?: number } {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
