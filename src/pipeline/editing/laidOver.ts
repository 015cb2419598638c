import type { Frame, Tensor } from '../core/index.js';
import { boxMean } from './boxMean.js';
import { smoothStep } from './colourChanges.js';
import { type AfterEdit, type HeldFrame, HeldFrames, lookedAtTogether } from './heldFrames.js';
import { findTone, type Tone, toned } from './tone.js';

/** Levels, mean of the colours, by which a pixel has to differ from the picture beneath for something to lie over it: not yet, and wholly. */
const LIES = { from: 4, to: 12 };

/** Pixels around each one whose difference is averaged, so that nothing frays. */
const SMOOTHING = 1;

/**
 * Takes from an edit what it lays over the picture, as rain and snow, and how bright the picture has become, and gives both to the source: beneath, its
 * pixels stay as sharp as they were.
 *
 * Edited frames are what the source becomes by the VAE alone, in another {@link Tone}, and what lies over that; the difference is added to the source in that tone.
 */
export class LaidOver implements AfterEdit {
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip = true;
  private readonly held = new HeldFrames();

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void {
    this.held.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    return lookedAtTogether(frames, (start, edited) => this.lay(start, edited));
  }

  private lay(start: number, edited: readonly Frame[]): Frame[] {
    const held = edited.map((_, index) => this.held.take(start + index)!);
    const tone = findTone(
      held.map(({ roundTrip }) => roundTrip),
      edited,
    );
    return held.map((frame, index) => laid(frame, edited[index]!, tone));
  }
}

function laid({ source, roundTrip, area }: HeldFrame, edited: Frame, tone: Tone): Frame {
  const { width, height } = source;
  const [below, expected] = toned([source, roundTrip], tone) as [Frame, Frame];
  const difference = Float32Array.from(edited.data, (level, i) => level - expected.data[i]!);
  const size = area.map((_, pixel) => {
    const [red, green, blue] = difference.subarray(3 * pixel, 3 * pixel + 3) as unknown as [number, number, number];
    return (Math.abs(red) + Math.abs(green) + Math.abs(blue)) / 3;
  });
  const smooth = boxMean(size, width, height, SMOOTHING);
  const data = new Uint8ClampedArray(source.data.length);
  for (let pixel = 0; pixel < area.length; pixel++) {
    const share = smoothStep((smooth[pixel]! - LIES.from) / (LIES.to - LIES.from));
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++)
      data[i] = area[pixel]! * (below.data[i]! + share * difference[i]!) + (1 - area[pixel]!) * source.data[i]!;
  }
  return { data: new Uint8Array(data.buffer), width, height };
}
