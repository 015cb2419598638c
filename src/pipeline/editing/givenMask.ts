import { Tensor } from '../core/index.js';
import type { EditMask } from './editMask.js';

/**
 * A mask in pixels as what an edit may change: every latent place of which it takes in a pixel.
 *
 * @param pixels `[frames, 1, height, width]`, 0 … 1.
 * @param latents the shape of the source's latents, `[latent frames, channels, height, width]`; of more latent frames than there are pictures
 * the last one stands for the rest.
 * @param leading latent frames that stand before those of the clip, all of which may change.
 * @param frameEach frames of the clip that a latent frame stands for, where the autoencoder compresses time: the first stands for one, each of the others for so many.
 */
export function givenMask(pixels: Tensor, latents: readonly number[], frameEach: number, leading = 0): EditMask {
  const [frames, , height, width] = pixels.dims as [number, number, number, number];
  const [count, , rows, columns] = latents as [number, number, number, number];
  const places = Tensor.zeros([count, 1, rows, columns]);
  places.data.fill(1, 0, leading * rows * columns);
  for (let latent = 0; latent < count - leading; latent++) {
    const first = Math.min(frames - 1, latent === 0 ? 0 : frameEach * (latent - 1) + 1);
    const end = Math.max(first + 1, Math.min(frames, latent === 0 ? 1 : frameEach * latent + 1));
    for (let frame = first; frame < end; frame++)
      for (let y = 0, i = frame * height * width; y < height; y++) {
        const row = ((leading + latent) * rows + Math.floor((y * rows) / height)) * columns;
        for (let x = 0; x < width; x++, i++) if (pixels.data[i]! > 0) places.data[row + Math.floor((x * columns) / width)] = 1;
      }
  }
  return { latents: places, pixels };
}
