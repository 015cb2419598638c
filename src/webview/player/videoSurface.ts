import type { ClipSurface } from './clipSurface.js';
import type { FrameClock } from './frameClock.js';

/** Most seconds that the follower of a comparison may be off before it is moved. */
const drift = 0.06;
/** Moving it takes a moment in which it would look off again. */
const patience = 400;
/** Milliseconds from the end of a seek to its picture, on a busy machine. */
const presentation = 200;
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

  private constructor(readonly clock: FrameClock, element: HTMLVideoElement) {
    this.element = element;
    element.addEventListener('ended', () => this.onEnded());
  }

  /**
   * Loads a file until its first picture is there.
   *
   * @throws Error with a sentence for the reader when this browser cannot play it.
   */
  static async open(address: string, clock: FrameClock): Promise<VideoSurface> {
    const element = document.createElement('video');
    element.muted = true;
    element.preload = 'auto';
    element.playsInline = true;
    element.disablePictureInPicture = true;
    element.disableRemotePlayback = true;
    element.tabIndex = -1;
    const surface = new VideoSurface(clock, element);
    try {
      await new Promise<void>((resolve, reject) => {
        element.addEventListener('loadeddata', () => resolve(), { once: true });
        element.addEventListener('error', () => reject(new PlaybackError(element.error)), { once: true });
        element.src = address;
      });
      // A codec that is missing here may still bring the sound, with a picture of no size.
      if (element.videoWidth === 0) throw new PlaybackError(null);
    } catch (error) {
      surface.dispose();
      throw error;
    }
    return surface;
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
      if (!this.seeking && this.element.paused && target === this.wanted) this.element.currentTime = this.clock.seekTime(target) + 0.05 / this.clock.fps;
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
    this.element.removeAttribute('src');
    // Without a new load() the browser keeps the decoder and the file.
    this.element.load();
    this.element.remove();
  }

  private async reachWanted(): Promise<number> {
    for (;;) {
      const target = this.wanted;
      let aim = this.clock.seekTime(target);
      for (let attempt = 0; attempt < 4 && this.shown !== target && this.wanted === target; attempt++) {
        const presented = await this.seek(aim);
        this.shown = presented ?? -1;
        if (presented === undefined && document.hidden) break;
        // Nothing came, or a neighbour: aim a little elsewhere, so that the browser has something to do.
        aim += (presented === undefined ? 0.1 : target - presented) / this.clock.fps;
      }
      if (this.wanted === target) return this.shown === -1 ? target : this.shown;
    }
  }

  /**
   * Seeks and waits for the picture, not just for the decoder.
   *
   * @returns the frame that was presented; undefined when none was, as in a hidden page.
   */
  private seek(time: number): Promise<number | undefined> {
    const { element } = this;
    return new Promise((resolve) => {
      let handle = 0;
      let stamp: number | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = (frame: number | undefined): void => {
        clearTimeout(timer);
        element.cancelVideoFrameCallback(handle);
        element.removeEventListener('seeked', onSeeked);
        resolve(frame);
      };
      const onPicture = (_now: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
        stamp = this.clock.frameStamped(mediaTime);
        // While the seek is under way this may still be the picture before it.
        if (!element.seeking) done(stamp);
        else handle = element.requestVideoFrameCallback(onPicture);
      };
      const onSeeked = (): void => {
        if (stamp === this.clock.frameAt(time)) done(stamp);
        else timer = setTimeout(() => done(undefined), presentation);
      };
      handle = element.requestVideoFrameCallback(onPicture);
      element.addEventListener('seeked', onSeeked, { once: true });
      element.currentTime = time;
    });
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

/** The file cannot be played here: its codec or container is unknown to the browser, or it is damaged or gone. */
export class PlaybackError extends Error {
  constructor(error: MediaError | null) {
    const missing = error?.code === MediaError.MEDIA_ERR_NETWORK || (error?.message.includes('404') ?? false);
    super(missing ? 'The video file could not be loaded.' : 'VS Code cannot play this kind of video.');
    this.name = 'PlaybackError';
  }
}
