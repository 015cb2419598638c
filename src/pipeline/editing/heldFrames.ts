import type { Tensor, Frame } from '../core/index.js';

/** What the edited frames go through when they are decoded: it brings back what the source has better. */
export interface AfterEdit {
  /** Whether it looks at what the source becomes by the VAE alone; else any pictures may stand for that. */
  readonly comparesRoundTrip: boolean;
  /** Whether it looks at `over`. */
  readonly looksAtOver?: boolean;
  /**
   * Takes in a window, before its frames come out.
   *
   * @param start index of its first frame in the clip.
   * @param source its frames.
   * @param roundTrip the same after encoding and decoding.
   * @param area `[frames, 1, height, width]`, 0…1: where the edit may change pixels.
   * @param over likewise: what in it is new; the rest is what lies behind that. Undefined where the method does not say.
   */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor, over?: Tensor): void;
  /** The decoded frames, from the clip's first on, with what the source has better. */
  finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame>;
}

/** What is kept of a source's frame until its edited one is decoded. */
export interface HeldFrame {
  /** As it was. */
  source: Frame;
  /** As it becomes by the VAE alone. */
  roundTrip: Frame;
  /** One value in 0…1 a pixel: where the edit may change it. */
  area: Float32Array;
  /** Likewise: what of it is new, where that is known. */
  over: Float32Array | undefined;
}

/** The source's frames that are waiting for their edited ones, by their index in the clip. */
export class HeldFrames {
  private readonly frames = new Map<number, HeldFrame>();

  /** Takes in a window, as `AfterEdit.add` does. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor, over?: Tensor): void {
    source.forEach((frame, index) => {
      const size = frame.width * frame.height;
      const own = (of: Tensor) => of.data.subarray(index * size, (index + 1) * size);
      const before = this.frames.get(start + index);
      this.frames.set(start + index, {
        source: frame,
        roundTrip: roundTrip[index]!,
        area: greatest(own(area), before?.area),
        over: over && greatest(own(over), before?.over),
      });
    });
  }

  /** Hands a frame out, once. */
  take(index: number): HeldFrame | undefined {
    const held = this.frames.get(index);
    this.frames.delete(index);
    return held;
  }
}

/** Frames that are looked at together: as many as a clip of the embedded model has at most. */
const TOGETHER = 24;

/** The frames of a clip, changed some at a time by what is known of all of those. @param change of these frames, and the index of the first. */
export async function* lookedAtTogether(
  frames: AsyncIterable<Frame>,
  change: (start: number, together: readonly Frame[]) => readonly Frame[],
): AsyncGenerator<Frame> {
  let start = 0;
  let together: Frame[] = [];
  for await (const frame of frames) {
    together.push(frame);
    if (together.length < TOGETHER) continue;
    yield* change(start, together);
    start += together.length;
    together = [];
  }
  yield* change(start, together);
}

/** Two windows that share a frame may both have changed a place. */
function greatest(values: Float32Array, before: Float32Array | undefined): Float32Array {
  return before ? values.map((value, i) => Math.max(value, before[i]!)) : values;
}
