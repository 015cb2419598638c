import type { Rectangle } from '../core/index.js';
import type { PreparedMask } from '../masks/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { Size, Video } from '../video/index.js';

/** Room around a mask that is worked on with it, as a share of its longer side: what is edited has to fit its surroundings. */
const ROOM = 0.25;

/**
 * The part of a clip around a mask, in the shape that the model works in as far as the clip goes.
 *
 * @throws {FrameloomError} `FL_MASK_EMPTY`; `FL_MASK_FOUND_LATER` for a mask that only the network finds.
 */
export async function cropAround(
  mask: PreparedMask,
  clip: Video,
  model: Pick<LatentDiffusionNetworks, 'fitSize'>,
  signal?: AbortSignal,
): Promise<Rectangle> {
  const box = await mask.bounds(ROOM, signal);
  const { width, height } = model.fitSize(box.width, box.height);
  return inShape(box, width / height, clip);
}

/** The rectangle made longer on one side, around its middle, until it has the shape or reaches the picture's edges. */
export function inShape(box: Rectangle, aspect: number, picture: Size): Rectangle {
  const width = Math.min(picture.width, Math.max(box.width, Math.round(box.height * aspect)));
  const height = Math.min(picture.height, Math.max(box.height, Math.round(box.width / aspect)));
  const start = (before: number, length: number, longer: number, side: number) =>
    Math.min(Math.max(0, before - Math.floor((longer - length) / 2)), side - longer);
  return {
    left: start(box.left, box.width, width, picture.width),
    top: start(box.top, box.height, height, picture.height),
    width,
    height,
  };
}
