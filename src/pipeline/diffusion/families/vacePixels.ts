import { type Frame, Tensor } from '../../core/index.js';
import type { Autoencoder } from '../../networks/index.js';
import { cannyEdges } from './cannyEdges.js';
import { framesOf } from './framesOf.js';
import type { FamilyRun, ShownFrames } from './modelFamily.js';

/** Halfway between black and white, from which pixels are counted to −1 and 1. */
const GRAY = 127.5;

/** What VACE is shown of a clip, as pixels in −1…1, `[frames, 3, height, width]`; 0, gray, where a part has nothing. */
export interface VacePixels {
  /** What stays. */
  readonly kept: Tensor;
  /** What changes, or what leads the change there. */
  readonly changed: Tensor;
  /** How far the mask goes, 0…1, frame by frame; 1 where everything changes. */
  readonly levels: readonly ArrayLike<number>[];
}

/**
 * Parts a clip by the mask, as diffusers' `prepare_video_latents`: the source stays where the mask is dark; where it is bright the control clip is shown, or, as VACE
 * was trained to paint anew, gray.
 *
 * @throws what reading a clip throws.
 */
export async function vacePixels({ options, size }: FamilyRun, { frames, pictures, region }: ShownFrames): Promise<VacePixels> {
  const { controlClip, controlEdges } = options;
  const count = frames.end - frames.start;
  const area = size.width * size.height;
  const control = controlClip ? await framesOf(oneOf(controlClip), frames, size, options) : region && !controlEdges ? undefined : pictures;
  const led = controlEdges ? control?.map((frame) => cannyEdges(frame)) : control;
  const [kept, changed] = [Tensor.zeros([count, 3, size.height, size.width]), Tensor.zeros([count, 3, size.height, size.width])];
  const levels = region && Array.from({ length: count }, (_, frame) => region.pixels.data.subarray(frame * area, (frame + 1) * area));
  for (let frame = 0; frame < count; frame++) {
    const inside = (i: number) => !levels || levels[frame]![i]! > 0.5;
    if (levels) put(kept, frame, pictures![frame]!, (i) => !inside(i));
    if (led) put(changed, frame, led[frame]!, inside);
  }
  return { kept, changed, levels: levels ?? Array<Float32Array>(count).fill(new Float32Array(area).fill(1)) };
}

/** The control clip of a family that is shown one. */
function oneOf<Clip>(given: Clip | readonly Clip[]): Clip {
  return Array.isArray(given) ? (given as readonly Clip[])[0]! : (given as Clip);
}

/** Writes the pixels of a frame that are `wanted`. */
function put(into: Tensor, frame: number, { data }: Frame, wanted: (place: number) => boolean): void {
  const area = data.length / 3;
  for (let i = 0; i < area; i++)
    if (wanted(i))
      for (let channel = 0; channel < 3; channel++) into.data[(frame * 3 + channel) * area + i] = data[3 * i + channel]! / GRAY - 1;
}

/**
 * The mask at the latents' places, with a channel for each pixel of a place: `[latent frames, side², h, w]`, of the frame that is nearest in time (torch's
 * `nearest-exact`), as diffusers' `prepare_masks`.
 *
 * @param levels of every frame, row by row; where they are no whole number of latent frames the last one stays.
 */
export function foldedMask(
  levels: readonly ArrayLike<number>[],
  vae: Pick<Autoencoder, 'scaleFactor' | 'latentFrames' | 'framesOf'>,
  { width, height }: { readonly width: number; readonly height: number },
): Tensor {
  const { scaleFactor: side } = vae;
  const latentFrames = vae.latentFrames(levels.length);
  const filled = vae.framesOf(latentFrames);
  const [rows, columns] = [height / side, width / side];
  const out = Tensor.zeros([latentFrames, side * side, rows, columns]);
  for (let frame = 0; frame < latentFrames; frame++) {
    const nearest = Math.floor(((frame + 0.5) * filled) / latentFrames);
    const level = levels[Math.min(nearest, levels.length - 1)]!;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const channel = (y % side) * side + (x % side);
        out.data[((frame * side * side + channel) * rows + Math.floor(y / side)) * columns + Math.floor(x / side)] = level[y * width + x]!;
      }
  }
  return out;
}
