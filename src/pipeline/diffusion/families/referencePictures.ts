import { concatenate, type Frame, Tensor } from '../../core/index.js';
import type { Video } from '../../video/index.js';
import { diffusionErrors } from '../errors.js';
import type { FamilyRun } from './modelFamily.js';

/**
 * The latents of the pictures that a run is to keep to, one latent frame each, the last picture's first, as diffusers puts them; undefined where there are none.
 *
 * @throws what reading a picture throws; {@link AbortError}.
 */
export async function referenceLatents({ model, options, size }: FamilyRun): Promise<Tensor | undefined> {
  const given = options.referenceImages ?? [];
  const pictures = Array.isArray(given) ? (given as readonly Video[]) : [given as Video];
  const latents: Tensor[] = [];
  for (const picture of pictures) latents.unshift(await model.vae.encodePixels(await onWhite(picture, size, options.signal)));
  return latents.length === 0 ? undefined : concatenate(latents);
}

/** A clip's first picture, whole, in the middle of a white one of the size worked at: `[1, 3, height, width]` in −1…1. */
async function onWhite(clip: Video, { width, height }: FamilyRun['size'], signal: AbortSignal | undefined): Promise<Tensor> {
  const scale = Math.min(height / clip.height, width / clip.width);
  const shown = { width: Math.max(1, Math.floor(clip.width * scale)), height: Math.max(1, Math.floor(clip.height * scale)) };
  const picture = await firstFrame(await clip.resize({ ...shown, fit: 'fill' }), signal);
  const [left, top] = [Math.floor((width - shown.width) / 2), Math.floor((height - shown.height) / 2)];
  const out = Tensor.zeros([1, 3, height, width]);
  out.data.fill(1);
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < shown.height; y++)
      for (let x = 0; x < shown.width; x++)
        out.data[(channel * height + top + y) * width + left + x] = picture.data[3 * (y * shown.width + x) + channel]! / 127.5 - 1;
  return out;
}

async function firstFrame(clip: Video, signal: AbortSignal | undefined): Promise<Frame> {
  for await (const frame of clip.frames({ start: 0, end: 1, signal })) return frame;
  throw diffusionErrors.clipEnds();
}
