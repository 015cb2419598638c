import { type ClipSchedules, clipSchedules, type DiffusionOptions, requireSchedules, type ScheduledClip } from '../diffusion/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { Video } from '../video/index.js';

/** The numbers of a run's schedules, made before anything else is. @throws what {@link requireSchedules} and {@link clipSchedules} throw. */
export function schedulesOf(
  model: LatentDiffusionNetworks,
  options: DiffusionOptions & Pick<EditVideoOptions, 'strength'>,
  clip: ScheduledClip,
): Promise<ClipSchedules> {
  requireSchedules(model, options);
  return clipSchedules(options, clip);
}

/** A clip that is edited, with its sound. */
export function heardBySchedules(clip: Video, signal: AbortSignal | undefined): ScheduledClip {
  return { frameCount: clip.frameCount, fps: clip.fps, loudness: () => clip.loudness(signal), onsets: () => clip.onsets(signal) };
}
