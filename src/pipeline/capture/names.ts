import { joinWindows } from '../diffusion/index.js';
import { concatenate, type Tensor } from '../core/index.js';
import { TemporalCompression } from '../networks/index.js';
import type { RunWindow } from './record.js';

/** What a tensor of a run is. */
export type TensorKind = 'latents' | 'x0' | 'conditional' | 'unconditional' | 'frames';

/** What each kind is called in messages. */
export const kindTitles: Readonly<Record<TensorKind, string>> = {
  latents: 'The latents',
  x0: 'The predicted clean latents',
  conditional: 'The prediction',
  unconditional: 'The prediction',
  frames: 'The pictures',
};

/** The name of a tensor of one step and window, in the store and in a saved file. */
export function nameOf(kind: string, step: number, window: number): string {
  return `step${step}.window${window}.${kind}`;
}

/**
 * One tensor over all frames of the clip, from one for each window; over all latent frames, where those are fewer.
 *
 * @param temporalScaleFactor frames that a latent frame stands for.
 */
export async function joinedFrames(
  windows: readonly RunWindow[],
  partOf: (window: number) => Promise<Tensor>,
  temporalScaleFactor = 1,
): Promise<Tensor> {
  const time = new TemporalCompression(temporalScaleFactor);
  async function* parts() {
    for (const [index, { start, end }] of windows.entries()) {
      yield { start, rows: (await partOf(index)).slice(0, time.latentFrames(end - start)), nextStart: windows[index + 1]?.start };
    }
  }
  const pieces: Tensor[] = [];
  for await (const piece of joinWindows(parts())) pieces.push(piece);
  return concatenate(pieces);
}
