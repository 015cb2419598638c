import type { ClipSurface } from './clipSurface.js';
import type { FrameClock } from './frameClock.js';

/** A clip as pictures on a canvas, for files that the browser cannot play. It has no sound. */
export class SequenceSurface implements ClipSurface {
  readonly element: HTMLCanvasElement;
  muted = true;
  loop = false;
  onFrame: (frame: number) => void = () => undefined;
  onEnded: () => void = () => undefined;
  private frame = -1;
  private turn = 0;

  private constructor(readonly clock: FrameClock, private readonly bitmaps: ImageBitmap[]) {
    this.element = document.createElement('canvas');
    this.element.width = bitmaps[0]?.width ?? 1;
    this.element.height = bitmaps[0]?.height ?? 1;
  }

  /**
   * Decodes the pictures of a clip, the first of them decides the size.
   *
   * @throws Error when there is none or one cannot be decoded.
   */
  static async open(pictures: readonly Uint8Array[], clock: FrameClock): Promise<SequenceSurface> {
    if (pictures.length === 0) throw new Error('The clip holds no pictures.');
    const bitmaps = await Promise.all(pictures.map((bytes) => createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]))));
    const surface = new SequenceSurface(clock, bitmaps);
    surface.draw(0);
    return surface;
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
    let from = performance.now() - (this.clock.timeOf(Math.max(0, this.frame)) * 1000) / rate;
    const next = (now: number): void => {
      if (turn !== this.turn) return;
      const time = ((now - from) / 1000) * rate;
      if (time >= this.clock.duration) {
        if (!this.loop) return this.onEnded();
        from = now;
      }
      const frame = Math.min(this.bitmaps.length - 1, Math.floor((Math.max(0, now - from) / 1000) * rate * this.clock.fps));
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
    this.turn++;
    this.draw(Math.floor(time * this.clock.fps + 0.01));
  }

  dispose(): void {
    this.pause();
    for (const bitmap of this.bitmaps) bitmap.close();
    this.bitmaps.length = 0;
    this.element.remove();
  }

  private draw(frame: number): number {
    const index = Math.min(this.bitmaps.length - 1, Math.max(0, frame));
    const bitmap = this.bitmaps[index];
    if (bitmap && index !== this.frame) this.element.getContext('2d')?.drawImage(bitmap, 0, 0, this.element.width, this.element.height);
    this.frame = index;
    return index;
  }
}
