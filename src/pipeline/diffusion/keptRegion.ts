import { concatenate, Tensor } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';
import type { KeptLatents } from './families/index.js';

/** What is kept of the source while the rest is denoised. */
export interface KeptRegion {
  /** `[frames, 1, height, width]`: 1 where denoising may act, 0 where the source's own latents stand. */
  mask: Tensor;
  /** The source's latents as they must be after the step at each entry of `scheduler.timesteps`; entries that are not run may be missing. */
  outside: readonly (Tensor | undefined)[];
  /**
   * The entry of `scheduler.timesteps` from which each frame is denoised; until then it stands as in `outside`. All from where the run begins, when undefined; the
   * number of timesteps for a frame that is not denoised at all.
   */
  begins?: readonly number[];
  /** `[frames, 1, height, width]` in pixels, 0…1: where the decoded pictures may differ from the source; everywhere when undefined. */
  area?: Tensor;
}

/**
 * Keeps the source outside of a region: at every level the source with one noise, and clean at the end, as diffusers' inpainting by a model without a mask's
 * channels does (Avrahami et al. 2022, "Blended Latent Diffusion").
 *
 * @param pixels the region in pixels, `[frames, 1, height, width]`; undefined where all of the picture may be changed.
 * @param scheduler as it is about to denoise; it is left so.
 * @param beginIndex the entry of its timesteps that it begins at.
 * @param noise in the shape of the source's latents.
 */
export function keptOutside(
  { latents, source }: KeptLatents,
  pixels: Tensor | undefined,
  scheduler: Scheduler,
  beginIndex: number,
  noise: Tensor,
): KeptRegion {
  const outside = scheduler.timesteps.map((_, index) => {
    if (index < beginIndex) return undefined;
    const next = scheduler.timesteps[index + 1];
    if (next === undefined) return source;
    scheduler.setBeginIndex(index + 1);
    return scheduler.addNoise(source, noise, next);
  });
  scheduler.setBeginIndex(beginIndex);
  return { mask: latents, ...(pixels && { area: pixels }), outside };
}

/** Latents after the step at an entry of the schedule, with what is kept put back. */
export function withKept({ mask, outside, begins }: KeptRegion, latents: Tensor, index: number): Tensor {
  const kept = outside[index]!;
  return rowsBegun(begins, index, blend(mask, latents, kept), kept);
}

/** Frames that have begun at a step, and of the others what they were. @param begins the step at which each does; undefined where all have. */
export function rowsBegun(begins: readonly number[] | undefined, step: number, begun: Tensor, before: Tensor): Tensor {
  if (!begins || begins.every((begin) => begin <= step)) return begun;
  return concatenate(begins.map((begin, frame) => (begin <= step ? begun : before).slice(frame, frame + 1)));
}

/** `mask · inside + (1 − mask) · outside`, the mask being the same for all channels. */
export function blend(mask: Tensor, inside: Tensor, outside: Tensor): Tensor {
  const [frames, channels, height, width] = inside.dims as [number, number, number, number];
  const area = height * width;
  const out = new Float32Array(inside.size);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let place = frame * area; place < (frame + 1) * area; place++, i++) {
        const weight = mask.data[place]!;
        out[i] = weight * inside.data[i]! + (1 - weight) * outside.data[i]!;
      }
    }
  }
  return new Tensor(out, inside.dims);
}
