import { oneOf, type OptionChecks, text } from '../core/index.js';
import { CheckpointFile } from './checkpointFile.js';
import { lorasCheck } from './loras.js';
import type { ModelContents, PartOptions } from './modelContents.js';
import { ModelFolder } from './modelFolder.js';

/** What the options that name parts may be. */
export const partChecks: OptionChecks<PartOptions> = {
  variant: text,
  vae: text,
  transformer: text,
  motionAdapter: text,
  loras: lorasCheck,
  controlNet: (value) =>
    typeof value === 'string' || (Array.isArray(value) && value.length > 0 && value.every((place) => typeof place === 'string'))
      ? undefined
      : 'the place of a ControlNet, or a list of places',
  tokenizer: text,
  predictionType: oneOf('epsilon', 'v_prediction'),
};

/** What a model's place holds. @param place a folder, or one file of safetensors. */
export function openModel(place: string, options: PartOptions = {}): Promise<ModelContents> {
  return place.endsWith('.safetensors') ? CheckpointFile.open(place, options) : ModelFolder.open(place, options);
}
