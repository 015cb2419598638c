import type { ClipSurface } from './clipSurface.js';
import type { FrameClock } from './frameClock.js';
import { loadVideo, unloadVideo } from './loadVideo.js';
import { presentedSeek } from './presentedSeek.js';

/** Most seconds that the follower of a comparison may be off before it is moved. */
const drift = 0.06;
/** Moving it takes a moment in which it would look off again. */
const patience = 400;
/** Milliseconds without a new wish after which the frame counts as the one to stay. */
const calm = 150;

/** A clip in an HTML video element, seeked and read by frames. */
export class VideoSurface implements ClipSurface {
  readonly element: HTMLVideoElement;
  onFrame: (frame: number) => void = () => undefined;
  onEnded: () => void = () => undefined;
  private wanted = 0;
  private shown = -1;
  private seeking: Promise<number> | undefined;
  private watching = 0;
  private movedAt = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    readonly clock: FrameClock,
    element: HTMLVideoElement,
  ) {
    this.element = element;
    element.addEventListener('ended', () => this.onEnded());
  }

  /**
   * Loads a file until its first picture is there.
   *
   * @throws PlaybackError when this browser cannot play it.
   */
  static async open(address: string, clock: FrameClock): Promise<VideoSurface> {
    return new VideoSurface(clock, await loadVideo(address));
  }

  get picture(): HTMLVideoElement {
    return this.element;
  }

  get muted(): boolean {
    return this.element.muted;
  }

  set muted(muted: boolean) {
    this.element.muted = muted;
  }

  get loop(): boolean {
    return this.element.loop;
  }

  set loop(loop: boolean) {
    this.element.loop = loop;
  }

  show(frame: number): Promise<number> {
    this.pause();
    this.wanted = frame;
    // Scrubbing asks faster than files can be seeked: one seek at a time, then the newest wish.
    this.seeking ??= this.reachWanted().finally(() => {
      this.seeking = undefined;
      this.settle();
    });
    return this.seeking;
  }

  /**
   * Seeks once more, within the frame, when things have calmed down. On a busy machine Chromium
   * sometimes reports a paused frame as presented while the screen keeps the one before it.
   */
  private settle(): void {
    const target = this.wanted;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.seeking && this.element.paused && target === this.wanted)
        this.element.currentTime = this.clock.seekTime(target) + 0.05 / this.clock.fps;
    }, calm);
  }

  async play(rate: number): Promise<void> {
    await this.seeking;
    clearTimeout(this.settling);
    this.element.playbackRate = rate;
    this.watchFrames();
    await this.element.play();
  }

  pause(): void {
    this.watching++;
    clearTimeout(this.settling);
    this.element.pause();
  }

  follow(time: number, rate: number): void {
    const { element } = this;
    const target = Math.min(time, this.clock.duration) + this.clock.seekTime(0) - 0.5 / this.clock.fps;
    if (element.playbackRate !== rate) element.playbackRate = rate;
    const off = Math.abs(element.currentTime - target);
    if (off > Math.max(drift, 0.75 / this.clock.fps) && !element.seeking && performance.now() - this.movedAt > patience) {
      this.movedAt = performance.now();
      element.currentTime = target;
    }
    if (element.paused && !element.ended) void element.play().catch(() => undefined);
  }

  dispose(): void {
    this.pause();
    unloadVideo(this.element);
  }

  private async reachWanted(): Promise<number> {
    for (;;) {
      const target = this.wanted;
      let aim = this.clock.seekTime(target);
      for (let attempt = 0; attempt < 4 && this.shown !== target && this.wanted === target; attempt++) {
        const presented = await presentedSeek(this.element, this.clock, aim);
        this.shown = presented ?? -1;
        if (presented === undefined && document.hidden) break;
        // Nothing came, or a neighbour: aim a little elsewhere, so that the browser has something to do.
        aim += (presented === undefined ? 0.1 : target - presented) / this.clock.fps;
      }
      if (this.wanted === target) return this.shown === -1 ? target : this.shown;
    }
  }

  private watchFrames(): void {
    const turn = ++this.watching;
    const next = (_now: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (turn !== this.watching) return;
      this.shown = this.clock.frameStamped(mediaTime);
      this.onFrame(this.shown);
      this.element.requestVideoFrameCallback(next);
    };
    this.element.requestVideoFrameCallback(next);
  }
}
