import { TemporalCompression } from '../networks/index.js';
import type { RunWindow } from './record.js';

/** What tells how the frames of a run's latents lie to those of its clip. */
export interface LatentTime {
  /** Windows of frames of the clip, in order. */
  readonly windows: readonly RunWindow[];
  /** Frames that a latent frame stands for; 1 where it is left out. */
  readonly temporalScaleFactor?: number | undefined;
}

/**
 * The windows in latent frames: those of the clip, where each frame has one. Where time is compressed, a latent frame stands for other frames in each window, so that those
 * of two windows have nothing in common, and lie one window behind the other.
 */
export function latentWindows({ windows, temporalScaleFactor = 1 }: LatentTime): RunWindow[] {
  if (temporalScaleFactor === 1) return [...windows];
  const time = new TemporalCompression(temporalScaleFactor);
  let end = 0;
  return windows.map((window) => {
    const start = end;
    end += time.latentFrames(window.end - window.start);
    return { start, end };
  });
}

/** The latent frame that a frame of the clip is part of; of one that two windows share, in that of which the result has more. @param frame from 0. */
export function latentFrameOf(run: LatentTime, frame: number): number {
  const { windows, temporalScaleFactor = 1 } = run;
  if (temporalScaleFactor === 1) return frame;
  const within = windows.findIndex(({ end }, i) => {
    const next = windows[i + 1];
    return next === undefined || 2 * frame < next.start + end - 1;
  });
  const latent = latentWindows(run)[within]!.start;
  return latent + Math.ceil((frame - windows[within]!.start) / temporalScaleFactor);
}
