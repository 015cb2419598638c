import type { Frame } from '../core/index.js';
import { meanOf, requireFrames } from './clips.js';

/**
 * Flicker: mean absolute difference of the pixels of neighbouring frames, 0 … 1. One minus VBench's *temporal flickering*
 * (Huang et al. 2024, "VBench: Comprehensive Benchmark Suite for Video Generative Models"), which is meant for clips that stand still:
 * motion counts too, so compare clips of the same motion only. Lower is steadier.
 *
 * @returns NaN for fewer than two frames.
 * @throws {ArgumentError} for frames of different sizes.
 */
export function flicker(frames: readonly Frame[]): number {
  requireFrames(frames, 'frames');
  return meanOf(
    frames.slice(1).map(({ data }, index) => {
      const before = frames[index]!.data;
      let sum = 0;
      for (let i = 0; i < data.length; i++) sum += Math.abs(data[i]! - before[i]!);
      return sum / data.length / 255;
    }),
  );
}
