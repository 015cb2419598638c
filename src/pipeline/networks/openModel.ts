import { oneOf, type OptionChecks, place, text } from '../core/index.js';
import { CheckpointFile } from './checkpointFile.js';
import { lorasCheck } from './loras.js';
import type { ModelContents, PartOptions } from './modelContents.js';
import { ModelFolder } from './modelFolder.js';

/** What the options that name parts may be. */
export const partChecks: OptionChecks<PartOptions> = {
  variant: text,
  vae: place,
  previewVae: place,
  transformer: place,
  motionAdapter: place,
  loras: lorasCheck,
  controlNet: (value, name) => {
    const places: unknown[] = Array.isArray(value) ? value : [value];
    const fits = places.length > 0 && places.every((each) => place(each, name) === undefined);
    return fits ? undefined : 'the place of a ControlNet, or a list of places';
  },
  tokenizer: place,
  predictionType: oneOf('epsilon', 'v_prediction'),
};

/** What a model's place holds. @param place a folder, or one file of safetensors. */
export function openModel(place: string, options: PartOptions = {}): Promise<ModelContents> {
  return place.endsWith('.safetensors') ? CheckpointFile.open(place, options) : ModelFolder.open(place, options);
}
