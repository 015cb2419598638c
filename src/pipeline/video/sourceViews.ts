import { cropFrame, type Frame, type Rectangle } from '../core/index.js';
import { framesPerSecond } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import type { FrameSource } from './frameSource.js';
import { checkRectangle, placePicture } from './geometry.js';
import type { Placement, SizeOptions } from './geometry.js';
import { PictureScaler } from './pictureScaler.js';

/*
 * Other ways to see the frames of a source: a part of them, at another rate, at another size. Nothing
 * is computed before a frame is read. A view does not own the frames: closing it leaves the source be.
 */

/** The frames `first <= index < first + count` of a source. */
export function partOf(source: FrameSource, first: number, count: number): FrameSource {
  return {
    width: source.width,
    height: source.height,
    rate: source.rate,
    frameCount: count,
    read: (start, end, signal) => source.read(first + start, first + Math.min(end, count), signal),
    close: async () => undefined,
  };
}

/** The same time at another rate: slot k shows the frame that was shown at `k / fps`. */
export function atRate(source: FrameSource, frameCount: number, rate: FrameRate): FrameSource {
  const ratio = framesPerSecond(source.rate) / framesPerSecond(rate);
  const count = Math.max(1, Math.round(frameCount / ratio));
  const indexOf = (slot: number): number => Math.min(frameCount - 1, Math.floor(slot * ratio + 1e-6));
  async function* read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const stop = Math.min(end, count);
    if (start >= stop) return;
    let slot = start;
    let index = indexOf(start);
    for await (const frame of source.read(index, indexOf(stop - 1) + 1, signal)) {
      for (let copies = 0; slot < stop && indexOf(slot) === index; slot++) {
        yield copies++ === 0 ? frame : { ...frame, data: frame.data.slice() };
      }
      index++;
    }
  }
  return { width: source.width, height: source.height, rate, frameCount: count, read, close: () => source.close() };
}

/** The same frames at another size. */
export function atSize(source: FrameSource, wanted: SizeOptions): FrameSource {
  const place: Placement = placePicture(source, wanted);
  async function* read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const scaler = new PictureScaler(source, place);
    for await (const frame of source.read(start, end, signal)) yield scaler.scale(frame);
  }
  return {
    width: place.size.width,
    height: place.size.height,
    rate: source.rate,
    get frameCount() {
      return source.frameCount;
    },
    read,
    close: async () => undefined,
  };
}

/** The same frames, each changed by itself. @param change of a frame and its index; the size stays. */
export function changedFrames(source: FrameSource, change: (frame: Frame, index: number) => Frame): FrameSource {
  async function* read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    let index = start;
    for await (const frame of source.read(start, end, signal)) yield change(frame, index++);
  }
  return {
    width: source.width,
    height: source.height,
    rate: source.rate,
    get frameCount() {
      return source.frameCount;
    },
    read,
    close: async () => undefined,
  };
}

/** A rectangle of the same frames. @throws ArgumentError unless it lies in them. */
export function cropOf(source: FrameSource, part: Rectangle): FrameSource {
  checkRectangle(source, part);
  async function* read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    for await (const frame of source.read(start, end, signal)) yield cropFrame(frame, part);
  }
  return {
    width: part.width,
    height: part.height,
    rate: source.rate,
    get frameCount() {
      return source.frameCount;
    },
    read,
    close: async () => undefined,
  };
}
