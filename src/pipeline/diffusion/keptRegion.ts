import { Tensor } from '../core/index.js';

/** What is kept of the source while the rest is denoised. */
export interface KeptRegion {
  /** `[frames, 1, height, width]`: 1 where denoising may act, 0 where the source's own latents stand. */
  mask: Tensor;
  /** The source's latents as they must be after the step at each entry of `scheduler.timesteps`; entries that are not run may be missing. */
  outside: readonly (Tensor | undefined)[];
  /** `[frames, 1, height, width]` in pixels, 0…1: where the decoded pictures may differ from the source; everywhere when undefined. */
  area?: Tensor;
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
