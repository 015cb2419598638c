import { throwIfAborted, type Frame } from '../core/index.js';
import { framesShown } from './clipWindow.js';
import type { ClipWindow } from './clipWindow.js';
import { pictureFilters } from './decodeFilters.js';
import type { Background } from './decodeFilters.js';
import type { DeepColour } from './deepColour.js';
import { ffmpegFailed, videoTruncated } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { lastComplaint } from './ffmpegProcess.js';
import { FrameCounter } from './frameCounter.js';
import { framesPerSecond } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import type { FrameSource } from './frameSource.js';
import { frameAt } from './frameTimes.js';
import type { Placement } from './geometry.js';
import { deinterlaceFilters } from './interlacing.js';
import { thinningFilters } from './thinning.js';
import { uprightFilters } from './orientation.js';
import type { Orientation } from './orientation.js';
import { microseconds, timedFrames } from './timedFrames.js';
import type { DecodeRun } from './timedFrames.js';
import type { ProbedVideo } from './videoInfo.js';

/** How a file is to be read. */
export interface FileReading {
  readonly window: ClipWindow;
  readonly place: Placement;
  readonly background: Background;
  readonly deepColour: DeepColour;
}

/** A picture and its number in the file. */
interface NumberedFrame {
  readonly frame: Frame;
  readonly index: number;
}

/** Frames at the end that may be missing without the file being called cut off: some decoders keep the last ones to themselves. */
const forgiven = 2;

/**
 * The frames of a file. Nothing is decoded until they are asked for, nothing is kept, and each
 * `read` is one ffmpeg that waits while its consumer is busy.
 */
export class FileSource implements FrameSource {
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
  private counted: number | undefined;
  private readonly shown: (frame: number) => number;

  constructor(
    private readonly binaries: FfmpegBinaries,
    private readonly probed: ProbedVideo,
    private readonly reading: FileReading,
  ) {
    this.width = reading.place.size.width;
    this.height = reading.place.size.height;
    this.rate = reading.window.rate;
    this.counted = reading.window.exact ? reading.window.frameCount : undefined;
    this.shown = framesShown(probed, reading.window);
  }

  get frameCount(): number | undefined {
    return this.counted;
  }

  async *read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    throwIfAborted(signal, this.what);
    const stop = Math.min(end, this.reading.window.frameCount);
    let slot = start;
    let last: NumberedFrame | undefined;
    const decoding = slot < stop ? this.decode(start, stop, signal) : undefined;
    try {
      while (decoding && slot < stop) {
        const next = await decoding.next();
        if (next.done) return yield* this.fillEnd(slot, stop, last, next.value);
        const { frame, index } = next.value;
        throwIfAborted(signal, this.what);
        // What the decoder leaves out although it is listed is stood in for by the picture that follows.
        for (; slot < stop && this.shown(slot) < index; slot++) yield copyOf(frame);
        for (; slot < stop && this.shown(slot) === index; slot++) {
          const again = slot + 1 < stop && this.shown(slot + 1) === index;
          yield again ? copyOf(frame) : frame;
        }
        last = next.value;
      }
      if (this.counted === undefined && end >= this.reading.window.frameCount) this.counted = this.reading.window.frameCount;
    } finally {
      await decoding?.return('');
    }
  }

  async close(): Promise<void> {
    // Holds nothing between reads.
  }

  private get what(): string {
    return `Decoding ${JSON.stringify(this.probed.info.path)}`;
  }

  /** The pictures of the file that the places from `start` to `stop` show, and perhaps some between them. @returns ffmpeg's complaints. */
  private async *decode(start: number, stop: number, signal: AbortSignal | undefined): AsyncGenerator<NumberedFrame, string, undefined> {
    const { probed, reading } = this;
    const [first, last] = [this.shown(start), this.shown(stop - 1)];
    if (probed.orientations) return yield* this.decodePictures(probed.orientations, first, last, signal);
    const fps = framesPerSecond(this.rate);
    const thinning = thinningFilters(probed.frameTimes, {
      start: reading.window.start + (start + 1 / 16) / fps,
      step: 1 / fps,
      count: stop - start,
      first,
      last,
    });
    for (const seek of this.waysTo(first)) {
      const counter = new FrameCounter(probed.frameTimes);
      const frames = this.run(signal, {
        seek,
        before: [...deinterlaceFilters(probed.info.interlacing), ...(thinning.length > 0 ? [microseconds, ...thinning] : [])],
      });
      let any = false;
      try {
        for (;;) {
          const next = await frames.next();
          const index = next.done ? undefined : counter.next(next.value.time);
          // Not every container finds the way to a moment: some begin behind it.
          if (!any && seek !== undefined && (next.done || (index !== undefined && index > first))) break;
          if (next.done) return next.value;
          any ||= index !== undefined;
          if (index !== undefined && index >= first) yield { frame: next.value.frame, index };
        }
      } finally {
        await frames.return('');
      }
    }
    return '';
  }

  /** Stills, one or numbered: those that are turned alike are read together. */
  private async *decodePictures(
    orientations: readonly Orientation[],
    first: number,
    last: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<NumberedFrame, string, undefined> {
    const { firstNumber } = this.probed;
    // One file may hold several pictures, one behind the other (Motion JPEG): they are turned as the first of them.
    const turned = (index: number): Orientation => orientations[Math.min(index, orientations.length - 1)] ?? 1;
    for (let index = first; index <= last;) {
      const orientation = turned(index);
      let before = firstNumber === undefined ? index : 0;
      const frames = this.run(signal, {
        firstNumber: firstNumber === undefined ? undefined : firstNumber + index,
        before: uprightFilters(orientation),
      });
      try {
        while (index <= last && turned(index) === orientation) {
          const next = await frames.next();
          if (next.done) return next.value;
          if (before-- > 0) continue;
          yield { frame: next.value.frame, index: index++ };
        }
      } finally {
        await frames.return('');
      }
    }
    return '';
  }

  private run(signal: AbortSignal | undefined, way: Pick<DecodeRun, 'before' | 'seek' | 'firstNumber'>): ReturnType<typeof timedFrames> {
    const { probed, reading } = this;
    return timedFrames(this.binaries, probed, {
      ...way,
      what: this.what,
      size: this,
      signal,
      after: pictureFilters(probed.info, reading.place, reading.background, reading.deepColour),
    });
  }

  /** Where decoding may begin for a frame, the nearest first: seconds on the file's own clock, undefined for the file's beginning. */
  private waysTo(first: number): (number | undefined)[] {
    const {
      frameTimes: { clock, keys, inOrder },
    } = this.probed;
    if (first === 0 || inOrder) return [undefined];
    const moment = clock[first] ?? 0;
    const key = keys.length > 0 ? (keys[frameAt(keys, moment + 1e-4)] ?? 0) : moment - 1;
    return [...[key, key - 5].filter((time) => time > (clock[0] ?? 0) && time <= moment + 1e-4), undefined];
  }

  /** ffmpeg ended early: the last picture stays on for as long as the file shows it, no longer. */
  private *fillEnd(slot: number, stop: number, last: NumberedFrame | undefined, stderr: string): Generator<Frame, void, undefined> {
    const { info } = this.probed;
    if (!this.reading.window.exact && last) {
      this.counted = slot;
      return;
    }
    if (!last && lastComplaint(stderr)) throw ffmpegFailed(this.what, lastComplaint(stderr));
    if (!last || this.shown(stop - 1) - last.index > forgiven) {
      throw videoTruncated(info.path, slot, stop, this.reading.window.start + slot / framesPerSecond(this.rate));
    }
    for (; slot < stop; slot++) yield copyOf(last.frame);
  }
}

function copyOf(frame: Frame): Frame {
  return { ...frame, data: frame.data.slice() };
}
