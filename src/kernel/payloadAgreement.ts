import type { host } from '../library.js';
import type { PreviewPayload, TensorPayload, TreePayload, VideoPayload } from '../shared/display.js';
import type { RunPayload } from '../shared/runDisplay.js';

/*
 * The library knows nothing of the renderer, so both write down the payloads of outputs. This file has no code: it
 * stops compiling when what the library writes is no longer what the renderer reads.
 */
type Fits<Written extends Read, Read> = Written;

/** What the library writes, checked against what the renderer reads. */
export type AgreedPayloads =
  | Fits<host.VideoPayload, VideoPayload>
  | Fits<host.TensorPayload, TensorPayload>
  | Fits<host.TreePayload, TreePayload>
  | Fits<host.PreviewPayload, PreviewPayload>
  | Fits<host.RunPayload, RunPayload>;
