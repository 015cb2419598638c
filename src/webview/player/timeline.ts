import { element } from '../dom.js';
import type { PlayerClip } from './clipSurface.js';
import { clockText } from './frameClock.js';
import { isPartial } from './playRange.js';
import type { PlayRange } from './playRange.js';
import { drawThumbnails } from './thumbnails.js';

/** Thumbnails that could not be drawn are tried again so often, after so many ms. */
const mostRetries = 3;
const retryAfter = 1500;

/** The clip as a strip of pictures, with the playhead and the in and out points; drag to scrub. */
export class Timeline {
  readonly root: HTMLElement;
  /** Called while the user drags or clicks. */
  onSeek: (frame: number) => void = () => undefined;
  /** Called when the user drags an end of the range. */
  onRange: (edge: 'in' | 'out', frame: number) => void = () => undefined;
  private readonly canvas = element('canvas', { class: 'thumbs' });
  private readonly before = element('div', { class: 'shade before' });
  private readonly after = element('div', { class: 'shade after' });
  private readonly inEdge = element('div', { class: 'edge in', title: 'In point' });
  private readonly outEdge = element('div', { class: 'edge out', title: 'Out point' });
  private readonly head = element('div', { class: 'playhead' });
  private readonly hint = element('div', { class: 'hover-time' });
  private readonly observer = new ResizeObserver(() => this.refill());
  private readonly track: HTMLElement;
  private drawing: AbortController | undefined;
  private refillTimer: ReturnType<typeof setTimeout> | undefined;
  private filledFor = '';
  private live = false;
  private retries = 0;

  constructor(private readonly clip: PlayerClip) {
    this.track = element('div', { class: 'track', children: [this.canvas, this.before, this.after, this.inEdge, this.outEdge, this.head] });
    this.root = element('div', {
      class: 'timeline',
      attributes: {
        role: 'slider',
        tabindex: '0',
        'aria-label': 'Timeline',
        'aria-valuemin': '0',
        'aria-valuemax': String(clip.clock.frames - 1),
      },
      children: [this.track, this.hint],
    });
    this.listen();
    this.observer.observe(this.track);
    document.addEventListener('visibilitychange', this.onVisible);
  }

  private readonly onVisible = (): void => {
    if (!document.hidden && this.filledFor === '') this.refill();
  };

  /** From now on thumbnails may be made by opening the clip, not only from its strip. */
  wake(): void {
    this.live = true;
    this.retries = 0;
    this.filledFor = '';
    this.refill();
  }

  /** Moves the playhead and the range. */
  show(frame: number, range: PlayRange): void {
    const { frames } = this.clip.clock;
    const share = (at: number): string => `${(at / frames) * 100}%`;
    this.head.style.left = share(frame + 0.5);
    this.before.style.width = share(range.first);
    this.after.style.left = share(range.last + 1);
    this.inEdge.style.left = share(range.first);
    this.outEdge.style.left = share(range.last + 1);
    this.root.classList.toggle('ranged', isPartial(range, frames));
    this.root.setAttribute('aria-valuenow', String(frame));
    this.root.setAttribute('aria-valuetext', `Frame ${frame + 1} of ${frames}, ${clockText(this.clip.clock.timeOf(frame))}`);
  }

  dispose(): void {
    this.observer.disconnect();
    document.removeEventListener('visibilitychange', this.onVisible);
    this.drawing?.abort();
    clearTimeout(this.refillTimer);
  }

  private frameUnder(event: PointerEvent): number {
    const box = this.track.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.min(this.clip.clock.frames - 1, Math.floor(share * this.clip.clock.frames));
  }

  private listen(): void {
    let dragging: 'head' | 'in' | 'out' | undefined;
    const move = (event: PointerEvent): void => {
      const frame = this.frameUnder(event);
      this.hint.textContent = `${frame + 1} · ${clockText(this.clip.clock.timeOf(frame))}`;
      this.hint.style.left = `${((frame + 0.5) / this.clip.clock.frames) * 100}%`;
      if (dragging === 'head') this.onSeek(frame);
      else if (dragging) this.onRange(dragging, frame);
    };
    this.root.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.root.setPointerCapture(event.pointerId);
      dragging = event.target === this.inEdge ? 'in' : event.target === this.outEdge ? 'out' : 'head';
      move(event);
    });
    this.root.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel'] as const) this.root.addEventListener(end, () => (dragging = undefined));
  }

  /** Draws the thumbnails anew when the width has settled. */
  private refill(): void {
    clearTimeout(this.refillTimer);
    this.refillTimer = setTimeout(() => this.fill(), this.filledFor === '' ? 0 : 200);
  }

  private fill(): void {
    const { clientWidth: width, clientHeight: height } = this.track;
    const key = `${width}x${height}`;
    if (width === 0 || height === 0 || key === this.filledFor) return;
    this.filledFor = key;
    this.drawing?.abort();
    const drawing = (this.drawing = new AbortController());
    const ratio = devicePixelRatio;
    const pen = this.canvas.getContext('2d');
    if (!pen) return;
    resizeKeeping(this.canvas, pen, Math.round(width * ratio), Math.round(height * ratio));
    const { clock } = this.clip;
    const natural = height * (this.clip.width / this.clip.height);
    const slots = Math.max(1, Math.min(clock.frames, Math.round(width / Math.max(natural, 24))));
    const slotWidth = this.canvas.width / slots;
    const wanted = Array.from({ length: slots }, (_, slot) =>
      Math.min(clock.frames - 1, Math.floor(((slot + 0.5) / slots) * clock.frames)),
    );
    if (!this.clip.strip && !this.live) return;
    const clip = this.clip;
    void drawThumbnails(
      clip,
      wanted,
      (slot, picture, cut) => {
        const from = cut ?? { x: 0, y: 0, ...sizeOf(picture, clip) };
        // Fills its slot and cuts what hangs over.
        const scale = Math.max(slotWidth / from.width, this.canvas.height / from.height);
        const seen = { width: slotWidth / scale, height: this.canvas.height / scale };
        pen.drawImage(
          picture,
          from.x + (from.width - seen.width) / 2,
          from.y + (from.height - seen.height) / 2,
          seen.width,
          seen.height,
          slot * slotWidth,
          0,
          slotWidth,
          this.canvas.height,
        );
      },
      drawing.signal,
    ).then(
      () => this.drawn(drawing, !document.hidden),
      () => this.drawn(drawing, false),
    );
  }

  /** A page that is hidden gets no pictures of a video, and a file may not be there yet: then they are drawn at the next chance. */
  private drawn(drawing: AbortController, whole: boolean): void {
    if (drawing !== this.drawing || drawing.signal.aborted || whole) return;
    this.filledFor = '';
    if (this.retries++ < mostRetries) this.refillTimer = setTimeout(() => this.fill(), retryAfter);
  }
}

/** Another size clears a canvas: what it showed stays, stretched, until something better is drawn over it. */
function resizeKeeping(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D, width: number, height: number): void {
  const before = document.createElement('canvas');
  before.width = canvas.width;
  before.height = canvas.height;
  before.getContext('2d')?.drawImage(canvas, 0, 0);
  canvas.width = width;
  canvas.height = height;
  pen.drawImage(before, 0, 0, width, height);
}

function sizeOf(picture: CanvasImageSource, clip: PlayerClip): { width: number; height: number } {
  if (picture instanceof HTMLVideoElement) return { width: picture.videoWidth, height: picture.videoHeight };
  if (picture instanceof HTMLCanvasElement) return picture;
  return clip;
}
