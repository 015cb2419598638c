import { concatenate, type Frame, type Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { Interrogator } from '../networks/index.js';
import { seedOfOutline } from './maskSeed.js';
import { refineMask } from './refineMask.js';

/** Share of a window's pixels that the subject must cover for its outline to be taken as the mask. */
const LEAST_SUBJECT = 0.003;

/**
 * Where the subject is, for as many frames as there are latents: as the interrogator sees it, to the outlines of the pictures; undefined where no
 * subject is seen.
 *
 * @returns `[frames, 1, height, width]` in pixels, 0…1: 0.5 and more is inside.
 */
export async function subjectMap(
  run: PreparedRun,
  interrogator: Interrogator | undefined,
  pictures: readonly Frame[],
  frames: number,
): Promise<Tensor | undefined> {
  if (!interrogator) return undefined;
  const seen = await interrogator.findSubject(pictures);
  if (seen.range().mean < LEAST_SUBJECT) return undefined;
  const map = refineMask(seedOfOutline(seen), pictures);
  await run.watch?.mapping(map, 1, 1);
  const last = map.slice(pictures.length - 1, pictures.length);
  return frames > pictures.length ? concatenate([map, ...Array.from({ length: frames - pictures.length }, () => last)]) : map;
}
