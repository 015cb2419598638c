import { concatenate, type Frame, type Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { Interrogator } from '../networks/index.js';
import { seedOfOutline } from './maskSeed.js';
import { refineMask } from './refineMask.js';

/** Share of a window's pixels that the subject must cover for its outline to be taken as the mask. */
const LEAST_SUBJECT = 0.003;

/**
 * Where the subject is, for as many frames as there are latents; undefined where no subject is seen. The interrogator sees roughly where, above all
 * before a background of the subject's own colour; the colours of the pictures say which pixels.
 */
export async function subjectMap(
  run: PreparedRun,
  interrogator: Interrogator | undefined,
  pictures: readonly Frame[],
  frames: number,
): Promise<Tensor | undefined> {
  if (!interrogator) return undefined;
  const map = await interrogator.findSubject(pictures);
  if (map.range().mean < LEAST_SUBJECT) return undefined;
  const refined = refineMask(seedOfOutline(map), pictures);
  await run.watch?.mapping(refined, 1, 1);
  const last = refined.slice(pictures.length - 1, pictures.length);
  return frames > pictures.length ? concatenate([refined, ...Array.from({ length: frames - pictures.length }, () => last)]) : refined;
}
