import { Tensor } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';
import type { KeptLatents } from './families/index.js';

/** What is kept of the source while the rest is denoised. */
export interface KeptRegion {
  /** `[frames, 1, height, width]`: 1 where denoising may act, 0 where the source's own latents stand. */
  mask: Tensor;
  /** The source's latents as they must be after the step at each entry of `scheduler.timesteps`; entries that are not run may be missing. */
  outside: readonly (Tensor | undefined)[];
  /** `[frames, 1, height, width]` in pixels, 0…1: where the decoded pictures may differ from the source; everywhere when undefined. */
  area?: Tensor;
}

/**
 * Keeps the source outside of a region: at every level the source with one noise, and clean at the end, as diffusers' inpainting by a model without a mask's
 * channels does (Avrahami et al. 2022, "Blended Latent Diffusion").
 *
 * @param pixels the region in pixels, `[frames, 1, height, width]`.
 * @param scheduler as it is about to denoise; it is left so.
 * @param beginIndex the entry of its timesteps that it begins at.
 * @param noise in the shape of the source's latents.
 */
export function keptOutside(
  { latents, source }: KeptLatents,
  pixels: Tensor,
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
  return { mask: latents, area: pixels, outside };
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
