import type { PreviewSheet } from '../../shared/outputs/index.js';
import type { PreviewPixels } from '../../shared/rendererMessages.js';
import { element } from '../dom.js';
import { bytesOf } from './base64.js';

/** Width that one frame should have on the screen, about. */
const tileAim = 112;
/** Frames that should stand in a row at least, and how high all rows may be. */
const columnsAim = 4;
const heightAim = 420;
const gap = 4;
/** Height of one frame on the screen at most. */
const largestTile = 4096;
/** Frames from this width on are pictures, not latents. */
const smoothFrom = 37;
const usualLatentWidth = 16;
/** How fast frames are played one after the other. */
const framesPerSecond = 8;

/** All frames of a run on one canvas, or one after the other. Drawn over, never replaced, so that nothing flickers. */
export class FrameGrid {
  readonly root: HTMLElement;
  private readonly canvas = element('canvas', {
    class: 'frame-grid',
    attributes: { role: 'img', 'aria-label': 'The frames at this step' },
  });
  private readonly observer = new ResizeObserver(() => this.draw());
  private frames: readonly CanvasImageSource[] = [];
  private frameWidth = 1;
  private frameHeight = 1;
  private timer: ReturnType<typeof setInterval> | undefined;
  private turn = 0;
  /** Counts what was asked to be shown: decoding takes a moment, and an older sheet must not cover a newer one. */
  private newest = 0;

  constructor() {
    this.root = element('div', { class: 'frame-grid-room', children: [this.canvas] });
    this.observer.observe(this.root);
  }

  /** Shows the frames of a message. */
  showPixels(pixels: PreviewPixels): void {
    this.newest++;
    const frames = framesIn(pixels);
    if (frames.length > 0) this.take(frames, pixels.frameWidth, pixels.frameHeight);
  }

  /** Shows the frames of a stored sheet. */
  showSheet(sheet: PreviewSheet): void {
    const mine = ++this.newest;
    const image = new Image();
    image.src = sheet.picture;
    void image.decode().then(
      () => mine === this.newest && this.cut(image, sheet.columns, sheet.count, sheet.frameWidth, sheet.frameHeight),
      () => undefined,
    );
  }

  /** Switches between all frames at once and one after the other. @returns whether it plays now. */
  togglePlay(): boolean {
    if (this.timer !== undefined) this.stop();
    else this.timer = setInterval(() => (this.turn++, this.draw()), 1000 / framesPerSecond);
    this.draw();
    return this.timer !== undefined;
  }

  dispose(): void {
    this.stop();
    this.observer.disconnect();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private cut(sheet: CanvasImageSource, columns: number, count: number, width: number, height: number): void {
    const frames = Array.from({ length: Math.min(count, 512) }, (_, index) => {
      const frame = new OffscreenCanvas(width, height);
      frame
        .getContext('2d')
        ?.drawImage(sheet, (index % columns) * width, Math.floor(index / columns) * height, width, height, 0, 0, width, height);
      return frame;
    });
    this.take(frames, width, height);
  }

  private take(frames: readonly CanvasImageSource[], width: number, height: number): void {
    Object.assign(this, { frames, frameWidth: width, frameHeight: height });
    this.draw();
  }

  private draw(): void {
    const room = this.root.clientWidth;
    if (room === 0 || this.frames.length === 0) return;
    const playing = this.timer !== undefined;
    const { width, height, columns, rows } = playing
      ? { ...this.tile(Math.max(1, Math.round((tileAim * 2) / this.unit))), columns: 1, rows: 1 }
      : this.arrange(room);
    this.resize(columns * (width + gap) - gap, rows * (height + gap) - gap);
    const pen = this.canvas.getContext('2d');
    if (!pen) return;
    // Places of latents are squares; pictures that are only shown larger than they are need none.
    pen.imageSmoothingEnabled = this.frameWidth >= smoothFrom;
    const shown = playing ? this.frames.slice(this.turn % this.frames.length, (this.turn % this.frames.length) + 1) : this.frames;
    shown.forEach((frame, index) =>
      pen.drawImage(frame, (index % columns) * (width + gap), Math.floor(index / columns) * (height + gap), width, height),
    );
  }

  /** Latents are enlarged by whole numbers; pictures take the sizes that latents usually have, so that one follows the other in place. */
  private get unit(): number {
    return this.frameWidth >= smoothFrom ? usualLatentWidth : this.frameWidth;
  }

  private tile(scale: number): { width: number; height: number } {
    // Frames that are far higher than wide would ask for more canvas than there is.
    const width = Math.max(1, Math.min(this.unit * scale, (largestTile * this.frameWidth) / this.frameHeight));
    return { width, height: Math.max(1, Math.round((this.frameHeight * width) / this.frameWidth)) };
  }

  /** The largest whole enlargement at which the frames stand in the room without towering. */
  private arrange(room: number): { width: number; height: number; columns: number; rows: number } {
    const count = this.frames.length;
    const aim = Math.min(tileAim, (room + gap) / Math.min(count, columnsAim) - gap);
    for (let scale = Math.max(1, Math.round(aim / this.unit)); ; scale--) {
      const { width, height } = this.tile(scale);
      const most = Math.max(1, Math.min(count, Math.floor((room + gap) / (width + gap))));
      const rows = Math.ceil(count / most);
      // Rows of equal length: eight frames as four and four, not as seven and one.
      if (scale === 1 || (rows * (height + gap) <= heightAim && most >= Math.min(count, columnsAim)))
        return { width, height, columns: Math.ceil(count / rows), rows };
    }
  }

  /** Setting a canvas's size clears it, so only when it differs. */
  private resize(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }
}

/** The frames of a message; none where it holds fewer pixels than it says. */
export function framesIn({ count, frameWidth: width, frameHeight: height, data }: PreviewPixels): OffscreenCanvas[] {
  const rgb = bytesOf(data);
  const frameBytes = width * height * 3;
  if (!(frameBytes > 0) || rgb.length < frameBytes * count) return [];
  return Array.from({ length: count }, (_, index) => pictureOf(rgb, index * frameBytes, width, height));
}

function pictureOf(rgb: Uint8Array, start: number, width: number, height: number): OffscreenCanvas {
  const image = new ImageData(width, height);
  for (let pixel = 0, at = start; pixel < width * height; pixel++, at += 3) {
    image.data[pixel * 4] = rgb[at] ?? 0;
    image.data[pixel * 4 + 1] = rgb[at + 1] ?? 0;
    image.data[pixel * 4 + 2] = rgb[at + 2] ?? 0;
    image.data[pixel * 4 + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
