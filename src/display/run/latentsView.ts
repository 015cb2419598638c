import type { Tensor } from '../../pipeline/core/index.js';
import type { ValueMap } from '../drawing/heatMap.js';
import { mapAtlas } from './atlas.js';
import { spread } from './figure.js';
import type { LatentsMaterial } from './latentsFigure.js';
import type { LatentChannelPayload } from '../../shared/outputs/index.js';
import { ifCaptured } from './runReader.js';
import type { RunReader } from './runReader.js';

const BINS = 32;
const MOST_CHANNELS = 16;
const FIGURE = { steps: 6, channels: 4, latentFrames: 13 };

/** The latents of a run by channel: atlases for the renderer, and what the figure is drawn from; undefined when they were not captured. */
export async function latentsOf(reader: RunReader): Promise<{ payload: LatentChannelPayload[]; material: LatentsMaterial } | undefined> {
  const { run, steps, frames, side, stepNames } = reader;
  const perStep: Tensor[] = [];
  for (const { step } of steps) {
    reader.signal?.throwIfAborted();
    const latents = await ifCaptured(() => run.latents(step));
    if (!latents) return undefined;
    perStep.push(latents);
  }
  if (perStep.length === 0) return undefined;
  const channelCount = perStep[0]!.dims[1]!;
  const channels = Array.from({ length: Math.min(MOST_CHANNELS, channelCount) }, (_, channel) => channelOf(perStep, channel));
  const atlases = await Promise.all(
    channels.map(({ range, mapOf }, channel) =>
      mapAtlas(
        `latents-channel-${channel + 1}`,
        perStep.map((_, step) => frames.map((frame) => mapOf(step, run.latentFrameOf(frame)))),
        range,
        stepNames,
        side,
      ),
    ),
  );
  const shownSteps = spread(steps.length, FIGURE.steps);
  const middle = Math.floor((run.frames - 1) / 2);
  const latentFrames = run.latentFrames < run.frames ? spread(run.latentFrames, FIGURE.latentFrames) : undefined;
  return {
    payload: atlases.map((atlas, channel) => ({ atlas, histograms: channels[channel]!.histograms })),
    material: {
      steps: shownSteps.map((i) => steps[i]!),
      stepCount: run.stepCount,
      frame: middle,
      channelCount,
      latentFrames,
      channels: channels.slice(0, FIGURE.channels).map(({ range, mapOf, histograms }) => ({
        range,
        maps: shownSteps.map((step) => mapOf(step, run.latentFrameOf(middle))),
        histograms: shownSteps.map((step) => histograms[step]!),
        overTime: latentFrames?.map((latentFrame) => mapOf(steps.length - 1, latentFrame)),
      })),
    },
  };
}

function channelOf(
  perStep: readonly Tensor[],
  channel: number,
): { range: { min: number; max: number }; mapOf: (step: number, frame: number) => ValueMap; histograms: number[][] } {
  const [frames, channels, height, width] = perStep[0]!.dims as [number, number, number, number];
  const area = height * width;
  const mapOf = (step: number, frame: number): ValueMap => {
    const from = (frame * channels + channel) * area;
    return { data: perStep[step]!.data.subarray(from, from + area), width, height };
  };
  const range = { min: Infinity, max: -Infinity };
  const each = (step: number, use: (value: number) => void): void => {
    for (let frame = 0; frame < frames; frame++)
      for (const value of mapOf(step, frame).data as Float32Array) if (Number.isFinite(value)) use(value);
  };
  perStep.forEach((_, step) =>
    each(step, (value) => Object.assign(range, { min: Math.min(range.min, value), max: Math.max(range.max, value) })),
  );
  if (range.min > range.max) Object.assign(range, { min: 0, max: 0 });
  const histograms = perStep.map((_, step) => {
    const bins = new Array<number>(BINS).fill(0);
    each(step, (value) => bins[Math.min(BINS - 1, Math.floor(((value - range.min) / (range.max - range.min || 1)) * BINS))]!++);
    return bins;
  });
  return { range, mapOf, histograms };
}
