import { Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import { type Conditioning, gatherRows, type NamedInputs } from '../networks/index.js';

/**
 * What a network that sees the clip at once is told beside the text while it looks at a source: where its latents stand (LTX-Video), or that nothing is shown to it
 * (VACE, which is then the Wan 2.1 that it was made of). Others are told nothing by the frames' places.
 *
 * @param source its latents, those of the clip alone.
 */
export async function toldBeside(run: PreparedRun, source: Tensor): Promise<Partial<Conditioning>> {
  const { family, model } = run;
  if (family.takesHints) return { inputs: ({ latents }) => Promise.resolve(withoutHints(model.unet.hints!, latents.dims)) };
  if (!family.toldPositions) return {};
  const guidanceAt = await run.guide({ start: 0, end: source.dims[0]! });
  const { inputs } = guidanceAt({ index: 0, steps: run.numInferenceSteps }).terms[0].conditioning;
  return inputs ? { inputs } : {};
}

/** A control of nothing, whose hints count for nothing. */
function withoutHints({ channels, count }: { readonly channels: number; readonly count: number }, dims: readonly number[]): NamedInputs {
  const [frames, , height, width] = dims as [number, number, number, number];
  return {
    control_hidden_states: Tensor.zeros([1, channels, frames, height, width]),
    control_hidden_states_scale: Tensor.zeros([count]),
  };
}

/** A map for each of so many frames, of maps of latent frames that stand for several where the model compresses time. */
export function byFrame(map: Tensor, frames: number, { family, model }: Pick<PreparedRun, 'family' | 'model'>): Tensor {
  if (!family.compressesTime) return map;
  return gatherRows(
    map,
    Array.from({ length: frames }, (_, frame) => Math.ceil(frame / model.vae.temporalScaleFactor)),
  );
}
