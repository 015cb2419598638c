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
  /** The same network for a clip chunk by chunk, where it can be had so. */
  readonly inChunks?: () => ChunkGraphs;
}

/**
 * Two graphs that give the numbers of one pass over a clip, chunk by chunk: what the first of them gives out as `next_cache.NAME` (and each further one anew), the next
 * chunk takes as `cache.NAME`, with all of its frames.
 */
export interface ChunkGraphs {
  /** For the beginning of a clip: two latent frames or more. */
  readonly first: BuiltModel;
  /** For each further chunk. */
  readonly next: BuiltModel;
  /** How often the clip's last frame is to be repeated behind it; the first chunk then has a frame less, like all others. 0 where undefined. */
  readonly lastRepeated?: number;
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
