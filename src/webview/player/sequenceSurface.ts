import type { ThumbnailStrip } from '../../shared/outputs/index.js';
import type { ClipSurface } from './clipSurface.js';
import type { FrameClock } from './frameClock.js';
import { lastUpTo, nearest } from './thumbnailOrder.js';

/** A clip as pictures on a canvas, for files that the browser cannot play. It has no sound. */
export class SequenceSurface implements ClipSurface {
  readonly element: HTMLCanvasElement;
  muted = true;
  loop = false;
  onFrame: (frame: number) => void = () => undefined;
  onEnded: () => void = () => undefined;
  private frame = 0;
  private drawn = -1;
  private turn = 0;

  private constructor(
    readonly clock: FrameClock,
    private readonly bitmaps: readonly ImageBitmap[],
    private readonly bitmapOf: (frame: number) => number,
  ) {
    this.element = document.createElement('canvas');
    this.element.width = bitmaps[0]?.width ?? 1;
    this.element.height = bitmaps[0]?.height ?? 1;
    this.draw(0);
  }

  /**
   * Decodes a clip that comes as pictures; the first of them decides the size.
   *
   * @param frames the frame that each of them shows, ascending: some may have been left out.
   * @throws Error when there is none or one cannot be decoded.
   */
  static async open(pictures: readonly Blob[], clock: FrameClock, frames: readonly number[]): Promise<SequenceSurface> {
    if (pictures.length === 0) throw new Error('The clip holds no pictures.');
    const bitmaps = await Promise.all(pictures.map((picture) => createImageBitmap(picture)));
    return new SequenceSurface(clock, bitmaps, (frame) => lastUpTo(frames, frame));
  }

  /** Plays the small pictures of a strip, each for as long as it is the nearest to the frame. */
  static async fromStrip(strip: ThumbnailStrip, clock: FrameClock): Promise<SequenceSurface> {
    const sheet = new Image();
    sheet.src = strip.picture;
    await sheet.decode();
    const { columns, tileWidth: width, tileHeight: height, frames } = strip;
    const bitmaps = await Promise.all(
      frames.map((_, tile) => createImageBitmap(sheet, (tile % columns) * width, Math.floor(tile / columns) * height, width, height)),
    );
    return new SequenceSurface(clock, bitmaps, (frame) => nearest(frames, frame));
  }

  get picture(): HTMLCanvasElement {
    return this.element;
  }

  show(frame: number): Promise<number> {
    this.pause();
    return Promise.resolve(this.draw(frame));
  }

  play(rate: number): Promise<void> {
    const turn = ++this.turn;
    let began = performance.now() - (this.clock.timeOf(this.frame) * 1000) / rate;
    const next = (now: number): void => {
      if (turn !== this.turn) return;
      if (((now - began) / 1000) * rate >= this.clock.duration) {
        if (!this.loop) return this.onEnded();
        began = now;
      }
      const frame = Math.floor((Math.max(0, now - began) / 1000) * rate * this.clock.fps);
      if (frame !== this.frame) this.onFrame(this.draw(frame));
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    return Promise.resolve();
  }

  pause(): void {
    this.turn++;
  }

  follow(time: number): void {
    this.pause();
    this.draw(Math.floor(time * this.clock.fps + 0.01));
  }

  dispose(): void {
    this.pause();
    for (const bitmap of this.bitmaps) bitmap.close();
    this.element.remove();
  }

  private draw(frame: number): number {
    this.frame = Math.min(this.clock.frames - 1, Math.max(0, frame));
    const index = this.bitmapOf(this.frame);
    const bitmap = this.bitmaps[index];
    if (bitmap && index !== this.drawn) this.element.getContext('2d')?.drawImage(bitmap, 0, 0, this.element.width, this.element.height);
    this.drawn = index;
    return this.frame;
  }
}
