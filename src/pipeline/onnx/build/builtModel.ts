import type { SafetensorsType } from '../../core/index.js';
import type { OnnxValue } from '../onnxValue.js';

/** A network's graph that was made from its weights: a `ModelProto` in memory whose weights stay where they lie. */
export interface BuiltModel {
  /** What it is, for messages: `unet`. */
  readonly label: string;
  /** The `ModelProto`. */
  readonly bytes: Uint8Array;
  /** What it takes. */
  readonly inputs: readonly OnnxValue[];
  /** What it gives. */
  readonly outputs: readonly OnnxValue[];
  /** The folder that its weights' files are in or below: `session.model_external_initializers_file_folder_path`. */
  readonly weightsFolder: string;
  /** The files, as they were when the graph was made. */
  readonly files: readonly WeightsFile[];
  /** Numbers that its weights have, by the type that they are stored in: `F16`. */
  readonly parameters: ReadonlyMap<SafetensorsType, number>;
}

/** A file with weights, and how to tell whether it is still the same. */
export interface WeightsFile {
  /** Its real path, links followed. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds. */
  readonly modified: number;
}
