import { ArgumentError, type Tensor } from '../core/index.js';
import { type GraphRewrite, type LatentDiffusionNetworks, motionWindows } from '../networks/index.js';
import { type ContextOptions, contextOptions } from './contextOptions.js';
import { type ContextPlan, contextWeights, contextWindows } from './contextWindows.js';
import type { SteeringOptions } from './steering.js';

/** @throws {ArgumentError} for context options that do not go together, as far as that can be told without a model. */
export function checkContextOptions(options: ContextOptions & SteeringOptions): void {
  const { contextSchedule, contextFrames, contextStride, contextOverlap, contextInside } = options;
  if (contextSchedule === undefined) {
    const useless = contextOptions.find((name) => options[name] !== undefined);
    if (useless !== undefined)
      throw new ArgumentError(useless, options[useless], 'left out where there is no contextSchedule, without which it says nothing');
    return;
  }
  const { crossFrame } = options;
  if (crossFrame !== undefined)
    throw new ArgumentError(
      'crossFrame',
      crossFrame,
      'left out with contextSchedule: windows lie elsewhere at every step, so the frames that others would look at were other ones each time',
    );
  if (contextSchedule === 'static' && contextStride !== undefined && contextStride > 1)
    throw new ArgumentError(
      'contextStride',
      contextStride,
      '1, or left out, with contextSchedule "static", whose windows are of neighbouring frames',
    );
  if (contextInside !== undefined && contextSchedule !== 'static')
    throw new ArgumentError(
      'contextInside',
      contextInside,
      `left out with contextSchedule "${contextSchedule}": windows inside of motion modules stay where they are ("static")`,
    );
  if (contextFrames !== undefined && contextOverlap !== undefined) requireOverlap(contextOverlap, contextFrames);
}

/**
 * How a run predicts its clip window by window; undefined where it sees it at once.
 *
 * @throws {ArgumentError} with models for which windows mean nothing, and for windows that the model cannot see.
 */
export function contextPlan(model: LatentDiffusionNetworks, options: ContextOptions & SteeringOptions): ContextPlan | undefined {
  checkContextOptions(options);
  const {
    contextSchedule: schedule,
    contextFrames,
    contextStride: stride = 1,
    contextWeights: weights = 'pyramid',
    contextInside: inside,
  } = options;
  if (schedule === undefined) return undefined;
  const { unet, vae } = model;
  const leftOut = (why: string) => new ArgumentError('contextSchedule', schedule, `left out with ${model.name}, ${why}`);
  if (vae.temporalScaleFactor > 1) throw leftOut('whose latent frames stand for several frames of the clip each');
  if (!unet.hasMotion) throw leftOut('which sees frames one by one: windows would change nothing');
  const frames = contextFrames ?? model.windowFrames;
  if (model.paddedFrameCount(frames, 'contextFrames') !== frames)
    throw new ArgumentError('contextFrames', frames, `${unet.fixedFrames} with ${model.name}, whose graph was exported for that many`);
  const overlap = options.contextOverlap ?? Math.floor(frames / 4);
  requireOverlap(overlap, frames);
  return { schedule, frames, stride, overlap, weights, inside };
}

/** What is changed of the network where windows are averaged inside of it; nothing where they are not. @throws what {@link motionWindows} throws. */
export function windowsInside({ unet }: LatentDiffusionNetworks, plan: ContextPlan | undefined): readonly GraphRewrite[] {
  if (!plan?.inside) return [];
  const windowsOf = (frames: number) => {
    const windows = contextWindows(plan, frames, 0);
    return { windows, weights: contextWeights(plan, windows[0]!.length) };
  };
  return [motionWindows(unet, windowsOf)];
}

/** @throws {ArgumentError} where a clip to be looped is cut into windows that are made one after the other, or shorter than the windows of a graph that takes no shorter ones. */
export function requireLoop(model: LatentDiffusionNetworks, plan: ContextPlan | undefined, frames: number, together: number): void {
  if (plan?.schedule !== 'looped') return;
  if (together < frames)
    throw new ArgumentError(
      'windowFrames',
      together,
      `left out, or at least the clip's ${frames} frames, with contextSchedule "looped": a loop is made as one`,
    );
  if (model.unet.fixedFrames !== undefined && frames < plan.frames)
    throw new ArgumentError(
      'contextSchedule',
      'looped',
      `"static" for a clip of ${frames} frames with ${model.name}, whose graph was exported for ${plan.frames}`,
    );
}

/** Frames that a run works on for `frames` of the clip: more where a motion graph insists on it. @throws {ArgumentError} for more than it sees at once, unless by windows. */
export function paddedFrameCount(
  run: { readonly model: LatentDiffusionNetworks; readonly context: ContextPlan | undefined },
  frames: number,
): number {
  return run.context && frames >= run.context.frames ? frames : run.model.paddedFrameCount(frames);
}

/** Latents with the last frame repeated up to that number. @throws {ArgumentError} as {@link paddedFrameCount}. */
export function padFrames(
  run: { readonly model: LatentDiffusionNetworks; readonly context: ContextPlan | undefined },
  latents: Tensor,
): Tensor {
  return run.context && latents.dims[0]! >= run.context.frames ? latents : run.model.padFrames(latents);
}

/** What is recorded of a plan, as the options that say it. */
export function recordedContext(plan: ContextPlan | undefined): ContextOptions {
  if (!plan) return {};
  const { schedule, frames, stride, overlap, weights, inside } = plan;
  return {
    contextSchedule: schedule,
    contextFrames: frames,
    contextStride: stride,
    contextOverlap: overlap,
    contextWeights: weights,
    ...(inside && { contextInside: inside }),
  };
}

function requireOverlap(overlap: number, frames: number): void {
  if (overlap >= frames)
    throw new ArgumentError('contextOverlap', overlap, `a whole number from 0 to ${frames - 1} (a window has ${frames} frames)`);
}
