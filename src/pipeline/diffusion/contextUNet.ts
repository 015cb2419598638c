import { Tensor } from '../core/index.js';
import { type Conditioning, gatherRows, type RowsWatch, type TappedPrediction, type UNet } from '../networks/index.js';
import { type AttentionTap, isOverFrames } from '../onnx/index.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import { type ContextPlan, type ContextWindow, contextWeights, contextWindows } from './contextWindows.js';

/**
 * A motion UNet over clips longer than it sees at once: predicts them window by window, and averages the predictions of each frame.
 *
 * The windows of a prediction are those of its timestep's place in the run's schedule, so that all predictions of a step, those of methods with loops of their
 * own, and those of a run that goes on, are made in the same ones.
 */
export class ContextUNet implements DenoisingNetwork {
  /**
   * @param unet the network.
   * @param plan where its windows lie.
   * @param timesteps those of the whole schedule, falling.
   * @param watch told after each window of a prediction, and may end it there.
   */
  constructor(
    private readonly unet: UNet,
    private readonly plan: ContextPlan,
    private readonly timesteps: readonly number[],
    private readonly watch: RowsWatch | undefined,
  ) {}

  /** Whether it sees a clip at once; it does. */
  get hasMotion(): boolean {
    return this.unet.hasMotion;
  }

  /** As {@link UNet.predict}, for any number of frames. @throws what the watch throws, between two windows. */
  async predict(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    const average = new FrameAverage(latents.dims[0]!);
    for await (const window of this.windows(latents, timestep))
      average.add(
        await this.unet.predict(gatherRows(latents, window), timestep, inWindow(conditioning, window)),
        window,
        this.weightsOf(window),
      );
    return average.result;
  }

  /** As {@link UNet.predictTapped}, for any number of frames; maps that stand for frames one by one are averaged like predictions. */
  async predictTapped(latents: Tensor, timestep: number, conditioning: Conditioning, tap: AttentionTap): Promise<TappedPrediction> {
    const frames = latents.dims[0]!;
    const average = new FrameAverage(frames);
    const maps = new Map(tap.sites.map(({ id }) => [id, new FrameAverage(frames)]));
    for await (const window of this.windows(latents, timestep)) {
      const weights = this.weightsOf(window);
      const seen = await this.unet.predictTapped(gatherRows(latents, window), timestep, inWindow(conditioning, window), tap);
      average.add(seen.prediction, window, weights);
      for (const site of tap.sites) {
        const map = seen.attention.get(site.id)!;
        maps.get(site.id)!.add(tap.betweenFrames && isOverFrames(site) ? amongAll(map, window, frames) : map, window, weights);
      }
    }
    return { prediction: average.result, attention: new Map([...maps].map(([id, map]) => [id, map.result])) };
  }

  private async *windows(latents: Tensor, timestep: number): AsyncGenerator<ContextWindow> {
    const place = this.timesteps.findIndex((each) => each <= timestep);
    const step = place < 0 ? this.timesteps.length - 1 : place;
    const windows = contextWindows(this.plan, latents.dims[0]!, step);
    for (const [i, window] of windows.entries()) {
      yield window;
      await this.watch?.(i + 1, windows.length);
    }
  }

  private weightsOf(window: ContextWindow): number[] {
    return contextWeights(this.plan, window.length);
  }
}

/** What a window of frames is told, of what the whole clip is. */
function inWindow(told: Conditioning, window: ContextWindow): Conditioning {
  const { channels, inputs, embeddings } = told;
  return {
    ...told,
    embeddings: embeddings.dims[0] === 1 ? embeddings : gatherRows(embeddings, window),
    ...(channels && { channels: gatherRows(channels, window) }),
    ...(inputs && { inputs: (call) => inputs({ ...call, frames: call.frames.map((frame) => window[frame]!) }) }),
  };
}

/** How much a window's frames look at each other, `[window, heads, window]`, as `[window, heads, frames]`: at those that are not in it not at all. */
function amongAll({ data, dims }: Tensor, window: ContextWindow, frames: number): Tensor {
  const [, heads, keys] = dims as [number, number, number];
  const out = Tensor.zeros([window.length, heads, frames]);
  for (let row = 0; row < window.length * heads; row++)
    for (const [i, frame] of window.entries()) out.data[row * frames + frame] = data[row * keys + i]!;
  return out;
}

/** The weighted mean, frame by frame, of tensors that hold some of a clip's frames. */
class FrameAverage {
  private sum: Float64Array | undefined;
  private dims: readonly number[] = [];
  private readonly weight: Float64Array;

  constructor(private readonly frames: number) {
    this.weight = new Float64Array(frames);
  }

  /** @param rows a row for each of `window`. */
  add(rows: Tensor, window: ContextWindow, weights: readonly number[]): void {
    const rowSize = rows.size / window.length;
    this.dims = [this.frames, ...rows.dims.slice(1)];
    this.sum ??= new Float64Array(this.frames * rowSize);
    for (const [i, frame] of window.entries()) {
      const weight = weights[i]!;
      this.weight[frame]! += weight;
      for (let j = 0; j < rowSize; j++) this.sum[frame * rowSize + j]! += weight * rows.data[i * rowSize + j]!;
    }
  }

  get result(): Tensor {
    const sum = this.sum!;
    const rowSize = sum.length / this.frames;
    return new Tensor(
      Float32Array.from(sum, (value, i) => value / this.weight[Math.floor(i / rowSize)]!),
      this.dims,
    );
  }
}
