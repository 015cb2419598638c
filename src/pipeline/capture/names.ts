import { joinWindows } from '../diffusion/index.js';
import { concatenate, type Tensor } from '../core/index.js';
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

/** One tensor over all frames that the windows have, from one for each of them; frames that two of them share are cross-faded. */
export async function joinedFrames(windows: readonly RunWindow[], partOf: (window: number) => Promise<Tensor>): Promise<Tensor> {
  async function* parts() {
    for (const [index, { start, end }] of windows.entries()) {
      yield { start, rows: (await partOf(index)).slice(0, end - start), nextStart: windows[index + 1]?.start };
    }
  }
  const pieces: Tensor[] = [];
  for await (const piece of joinWindows(parts())) pieces.push(piece);
  return concatenate(pieces);
}
