import type { Frame } from '../core/index.js';
import type { PreparationWatch, Pieces } from '../diffusion/index.js';

/**
 * Passes a clip's frames on as they are read, and tells of each.
 *
 * @param of how many there are, where that is known.
 * @param onFrame called after each.
 * @param watch gets their pictures.
 */
export async function* readFrames(
  frames: AsyncIterable<Frame>,
  of: number | undefined,
  onFrame: (frames: Pieces) => void,
  watch: PreparationWatch | undefined,
): AsyncGenerator<Frame> {
  let done = 0;
  for await (const frame of frames) {
    done++;
    onFrame({ done, of });
    await watch?.reading(frame, done, of);
    yield frame;
  }
}
