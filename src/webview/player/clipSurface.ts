import type { ThumbnailStrip } from '../../shared/outputs/index.js';
import type { FrameClock } from './frameClock.js';

/** A clip as the player knows it before anything is loaded. */
export interface PlayerClip {
  readonly title: string;
  /** Pixels of the picture as shown. */
  readonly width: number;
  readonly height: number;
  readonly clock: FrameClock;
  readonly hasAudio: boolean;
  readonly strip?: ThumbnailStrip;
  /** Loads the clip; rejects with a sentence for the reader when that fails. `signal` says that nobody waits any more. */
  open(signal: AbortSignal): Promise<ClipSurface>;
  /** Opens a second view of the clip for making thumbnails; absent when that is not possible. */
  openForThumbnails?(signal: AbortSignal): Promise<ClipSurface>;
}

/** A loaded clip that can show any of its frames: an HTML video, or a canvas with pictures. */
export interface ClipSurface {
  /** What shows the picture. Its size is set from outside. */
  readonly element: HTMLElement;
  /** What can be drawn on a canvas: the picture now shown. */
  readonly picture: CanvasImageSource;
  readonly clock: FrameClock;
  /** Shows a frame. Resolves once it is on the screen, with the frame that really came. */
  show(frame: number): Promise<number>;
  /** Plays from the frame now shown, `rate` times as fast. */
  play(rate: number): Promise<void>;
  pause(): void;
  /** Called with each frame as it appears in play. */
  onFrame: (frame: number) => void;
  /** Called when play reaches the end of the file. */
  onEnded: () => void;
  /** Keeps up with another clip that plays: shows what stands at `time` seconds after its first frame. */
  follow(time: number, rate: number): void;
  muted: boolean;
  /** Start over by itself at the end of the file, which leaves no gap as a seek would. */
  loop: boolean;
  /** Lets go of the file and of what was decoded. */
  dispose(): void;
}
