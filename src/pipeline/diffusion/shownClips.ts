import { diffusionErrors } from './errors.js';
import type { DiffusionOptions } from './options.js';

/** Options that are clips, which no record holds. */
const clips = ['mask', 'controlClip', 'referenceImages'] as const;

/** Names of the clips that a run is shown beside its source, for its record. */
export function shownClips(options: DiffusionOptions): string[] {
  return clips.filter((name) => options[name] !== undefined);
}

/**
 * @param recorded what {@link shownClips} said of the run that is made again.
 * @throws {FrameloomError} `FL_RERUN_CLIPS` where the options lack one of them.
 */
export function requireShownClips(recorded: unknown, options: DiffusionOptions): void {
  const missing = clips.filter((name) => Array.isArray(recorded) && recorded.includes(name) && options[name] === undefined);
  if (missing.length > 0) throw diffusionErrors.needsClips(missing);
}
