import type { ModelSchedule } from '../schedulers/index.js';
import type { Json } from './modelFiles.js';

/** Settings that a model works well with, from `recommended_settings` in its `model_index.json` or the field's habits. */
export interface RecommendedSettings {
  /** Denoising steps. */
  numInferenceSteps: number;
  /** Strength of guidance. */
  guidanceScale: number;
  /** Frames a second of generated clips. */
  fps: number;
  /** A clip of up to so many frames is edited as one; a longer one in windows of as many frames as the model was trained on. */
  maxFrames: number;
  /** How far apart colours of neighbouring frames may be and count as flicker that `generateVideo` takes away, 0…1; 0 for none. */
  deflicker: number;
}

/** What tells how a model wants to be run. */
export interface ModelFacts {
  /** `model_index.json`. */
  index: Json;
  /** `unet/config.json`. */
  unet: Json;
  /** Name of its directory. */
  name: string;
  /** Its scheduler. */
  schedule: ModelSchedule;
  /** Whether guidance goes into the network as a number. */
  takesGuidanceScale: boolean;
}

type Habits = Pick<RecommendedSettings, 'numInferenceSteps' | 'guidanceScale'>;

/** What diffusers' pipelines do with models that nobody distilled, but for their 50 steps. */
const usual: Habits = { numInferenceSteps: 25, guidanceScale: 7.5 };

/**
 * Steps and guidance by the field's habits.
 *
 * Distilled models need 1 to 4 steps and are spoilt by guidance: latent consistency models, which take it as an input or
 * not at all (known by their scheduler or by that input), and the adversarially distilled ones (Turbo, Lightning, Hyper),
 * whose files say no more than trailing timesteps and a name.
 */
export function habits({ index, unet, name, schedule, takesGuidanceScale }: ModelFacts): Habits {
  const isConsistencyModel =
    schedule.used === 'LCMScheduler' ||
    takesGuidanceScale ||
    (typeof index._class_name === 'string' && /LatentConsistency/.test(index._class_name));
  if (isConsistencyModel) return { numInferenceSteps: 4, guidanceScale: takesGuidanceScale ? 8.5 : 1 };
  const names = [name, index._name_or_path, unet._name_or_path].filter((text) => typeof text === 'string').join(' ');
  const isDistilled = schedule.config.timestep_spacing === 'trailing' && /turbo|lightning|hyper-?sd/i.test(names);
  return isDistilled ? { numInferenceSteps: 4, guidanceScale: 1 } : usual;
}
