import { isLtxFile, readCheckpointHeader } from '../checkpoints/index.js';
import { oneOf, type OptionChecks, place, text } from '../core/index.js';
import { CheckpointFile } from './checkpointFile.js';
import { LtxVideoFile } from './ltxVideoFile.js';
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
  textEncoder: place,
  predictionType: oneOf('epsilon', 'v_prediction'),
};

/** What a model's place holds. @param place a folder, or one file of safetensors. */
export async function openModel(place: string, options: PartOptions = {}): Promise<ModelContents> {
  if (!place.endsWith('.safetensors')) return ModelFolder.open(place, options);
  return isLtxFile((await readCheckpointHeader(place)).tensors) ? LtxVideoFile.open(place, options) : CheckpointFile.open(place, options);
}
