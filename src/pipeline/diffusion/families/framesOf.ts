import type { Frame } from '../../core/index.js';
import type { Fit, Video } from '../../video/index.js';
import { diffusionErrors } from '../errors.js';
import type { DiffusionOptions, FrameSpan } from '../options.js';

/**
 * Frames of a clip beside the one at work, at its size; the last one stands for those that a shorter clip (a single picture) has not.
 *
 * @param options what says how it is fitted (`cover` by default, as sources are) and what ends the reading.
 * @throws what reading the clip throws; {@link AbortError}.
 */
export async function framesOf(
  clip: Video,
  { start, end }: FrameSpan,
  size: { readonly width: number; readonly height: number },
  { signal, fit = 'cover' }: Pick<DiffusionOptions, 'signal'> & { readonly fit?: Fit },
): Promise<Frame[]> {
  const count = clip.frameCount ?? Infinity;
  const from = Math.min(start, count - 1);
  const scaled = await clip.resize({ width: size.width, height: size.height, fit });
  const frames: Frame[] = [];
  for await (const frame of scaled.frames({ start: from, end: Math.min(Math.max(end, from + 1), count), signal })) frames.push(frame);
  const last = frames.at(-1);
  if (!last) throw diffusionErrors.clipEnds();
  while (frames.length < end - start) frames.push(last);
  return frames;
}
