import type { Tensor, Frame } from '../core/index.js';
import { type AfterEdit, HeldFrames } from './heldFrames.js';
import { boxMean } from './boxMean.js';

/** Change (0…1, mean of the colours) from which on a pixel counts as edited: a little, and in full. */
const CHANGED = { from: 0.03, to: 0.08 };

/** Pixels around each one whose change is averaged, so that single pixels do not flicker. */
const SMOOTHING = 2;

/**
 * Puts the source's own pixels back where an edit has changed nothing.
 *
 * A VAE softens all that goes through it. Outside the mask, and inside where the edited picture is what the source
 * becomes by the VAE alone, the result takes the source as it was.
 */
export class KeptPixels implements AfterEdit {
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip = true;
  private readonly held = new HeldFrames();

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void {
    this.held.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  async *finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    let index = 0;
    for await (const frame of frames) yield this.restore(index++, frame);
  }

  /** The frame with the source's pixels put back; each index may be asked for once. */
  restore(index: number, edited: Frame): Frame {
    const held = this.held.take(index);
    if (!held) return edited;
    const { source, roundTrip, area } = held;
    const { width, height } = edited;
    const change = Float32Array.from({ length: width * height }, (_, pixel) => {
      let sum = 0;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) sum += Math.abs(edited.data[i]! - roundTrip.data[i]!);
      return sum / (3 * 255);
    });
    const smooth = boxMean(change, width, height, SMOOTHING);
    const data = edited.data.map((value, i) => {
      const pixel = Math.floor(i / 3);
      const weight = area[pixel]! * Math.min(1, Math.max(0, (smooth[pixel]! - CHANGED.from) / (CHANGED.to - CHANGED.from)));
      return Math.round(weight * value + (1 - weight) * source.data[i]!);
    });
    return { data, width, height };
  }
}
