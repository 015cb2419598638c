import { asMask, holdsClip } from '../masks/index.js';
import { diffusionErrors } from './errors.js';
import type { DiffusionOptions } from './options.js';

/** Options that are clips, or hold some, which no record holds. */
const clips = ['mask', 'controlClip', 'referenceImages', 'conditions'] as const;

/** Whether an option is one of those that a record does not hold: masks without clips are recorded. */
function isShown(options: DiffusionOptions, name: (typeof clips)[number]): boolean {
  const { mask } = options;
  return options[name] !== undefined && !(name === 'mask' && mask && !holdsClip(asMask(mask)));
}

/** Names of the clips that a run is shown beside its source, for its record. */
export function shownClips(options: DiffusionOptions): string[] {
  return clips.filter((name) => isShown(options, name));
}

/**
 * @param recorded what {@link shownClips} said of the run that is made again.
 * @throws {FrameloomError} `FL_RERUN_CLIPS` where the options lack one of them.
 */
export function requireShownClips(recorded: unknown, options: DiffusionOptions): void {
  const missing = clips.filter((name) => Array.isArray(recorded) && recorded.includes(name) && options[name] === undefined);
  if (missing.length > 0) throw diffusionErrors.needsClips(missing);
}
