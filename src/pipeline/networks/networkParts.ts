import type { ModelSchedule } from '../schedulers/index.js';
import type { Autoencoder } from './autoencoder.js';
import type { CaptionVocabulary } from './captionVocabulary.js';
import type { ControlNet } from './controlNet.js';
import type { EditingAdvice } from './editingAdvice.js';
import type { Interrogator } from './interrogator.js';
import type { Loras } from './loras.js';
import type { MemoryPlan } from './memoryPlan.js';
import type { Json } from './modelFiles.js';
import type { WrittenPresets } from './qualityPresets.js';
import type { TextEncoder } from './textEncoder.js';
import type { UNet } from './unet.js';

/** What a model's folder holds, loaded: its fields are those of every model. */
export class NetworkParts {
  /** Name of the model: that of its directory. */
  declare readonly name: string;
  /** Where it was loaded from. */
  declare readonly directory: string;
  /** Tokenizer and text encoder. */
  declare readonly textEncoder: TextEncoder;
  /** The denoising network. */
  declare readonly unet: UNet;
  /** Encoder and decoder of pictures. */
  declare readonly vae: Autoencoder;
  /** Draws previews of a run, where it was loaded with one (`previewVae`); only its decoder is there. */
  declare readonly previewVae: Autoencoder | undefined;
  /** What steers the UNet by what it sees in pictures; none where none was asked for. */
  declare readonly controlNets: readonly ControlNet[];
  /** Which scheduler the model names, and which one runs. */
  declare readonly schedule: ModelSchedule;
  /** What its captions are made of, for models with a closed vocabulary. */
  declare readonly captions: CaptionVocabulary | undefined;
  /** Reads what frames show, for models that bring such a part. */
  declare readonly interrogator: Interrogator | undefined;
  /** Which edit does best for which change, for models on which that was measured. */
  declare readonly advice: EditingAdvice | undefined;
  /** What its folder says each word of quality stands for, where that was measured. */
  declare readonly writtenPresets: WrittenPresets | undefined;
  /** The LoRAs that lie over it. */
  declare readonly loras: Loras;
  /** What its memory is spent on. */
  declare readonly memoryPlan: MemoryPlan;
  /** Processor threads of a call; ONNX Runtime's default where undefined. */
  declare readonly threads: number | undefined;
  /** @internal The folder's `model_index.json`; empty where there is none. */
  declare readonly index: Json;

  /** Takes the fields over from what was loaded. */
  protected constructor(parts: NetworkParts) {
    Object.assign(this, parts);
  }
}
