import { Tensor } from '../core/index.js';
import { joinedFrames } from './names.js';
import type { RunWindow } from './record.js';

/** Adds up how much attention each token draws: small enough to keep by step, frame and token. */
export class AttentionMass {
  /** `[frames, tokens]` by step and window. */
  private readonly parts = new Map<string, Tensor>();

  /**
   * Takes in a step of a window.
   *
   * @param maps one for each layer, `[frames, heads, height, width, tokens]`; the same frames, heads and tokens in each.
   */
  add(step: number, window: number, maps: readonly Tensor[], frames: number): void {
    const tokens = maps[0]!.dims[4]!;
    const mean = Tensor.zeros([frames, tokens]);
    for (const map of maps) {
      const rows = map.size / map.dims[0]! / tokens;
      for (let frame = 0; frame < frames; frame++) {
        for (let i = 0; i < rows * tokens; i++)
          mean.data[frame * tokens + (i % tokens)]! += map.data[frame * rows * tokens + i]! / (rows * maps.length);
      }
    }
    this.parts.set(`${step}/${window}`, mean);
  }

  /** By step, frame and token. @param windows of the frames of the latents. */
  async joined(steps: readonly number[], windows: readonly RunWindow[]): Promise<number[][][]> {
    const all: number[][][] = [];
    for (const step of steps) {
      const mass = await joinedFrames(windows, (window) => Promise.resolve(this.parts.get(`${step}/${window}`)!));
      all.push(Array.from({ length: mass.dims[0]! }, (_, frame) => [...mass.slice(frame, frame + 1).data]));
    }
    return all;
  }
}
