import { concatenate, type Frame, type Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { Interrogator } from '../networks/index.js';

/** Share of a window's pixels that the subject must cover for its outline to be taken as the mask. */
const LEAST_SUBJECT = 0.003;

/** Where the subject is, for as many frames as there are latents; undefined where no subject is seen. */
export async function subjectMap(
  run: PreparedRun,
  interrogator: Interrogator | undefined,
  pictures: readonly Frame[],
  frames: number,
): Promise<Tensor | undefined> {
  if (!interrogator) return undefined;
  const map = await interrogator.findSubject(pictures);
  if (map.range().mean < LEAST_SUBJECT) return undefined;
  await run.watch?.mapping(map, 1, 1);
  const last = map.slice(pictures.length - 1, pictures.length);
  return frames > pictures.length ? concatenate([map, ...Array.from({ length: frames - pictures.length }, () => last)]) : map;
}
