import type { Autoencoder } from '../networks/index.js';
import type { Video } from '../video/index.js';
import type { RunRecord } from './record.js';
import type { TensorStore } from './tensorStore.js';

/** A model as far as looking at a run takes one. */
export interface DecodingModel {
  /** Its name, which tells whether it is the one that ran. */
  readonly name: string;
  /** Decodes latents to pictures. */
  readonly vae: Autoencoder;
  /** Decodes them quickly, where it was loaded with such an autoencoder. */
  readonly previewVae: Autoencoder | undefined;
}

/** What a run is made of. */
export interface RunParts<Model extends DecodingModel = DecodingModel> {
  /** Everything but tensors. */
  readonly record: RunRecord;
  /** The tensors. */
  readonly store: TensorStore;
  /** The model that ran; a run loaded from disk may have none. */
  readonly model?: Model;
  /** The clip that was edited. */
  readonly source?: Video;
  /** The clip that was made. */
  result?: Video;
}
