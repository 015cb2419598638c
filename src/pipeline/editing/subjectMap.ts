import { concatenate, type Frame, growMask, type Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { Interrogator } from '../networks/index.js';
import { outlineOf } from './editMask.js';
import { seedOfOutline } from './maskSeed.js';
import { refineMask } from './refineMask.js';

/** Share of a window's pixels that the subject must cover for its outline to be taken as the mask. */
const LEAST_SUBJECT = 0.003;

/** Pixels around a thing that its edges and thin parts take: as it was, and as it becomes. */
const AROUND = { old: 6, new: 3 };

/** Where the subject is, as {@link subjectPlaces}; shown to whoever watches the run. */
export async function subjectMap(
  run: PreparedRun,
  interrogator: Interrogator | undefined,
  pictures: readonly Frame[],
  frames: number,
): Promise<Tensor | undefined> {
  const places = interrogator && (await subjectPlaces(interrogator, pictures));
  if (!places) return undefined;
  await run.watch?.mapping(places, 1, 1);
  const last = places.slice(pictures.length - 1, pictures.length);
  return frames > pictures.length ? concatenate([places, ...Array.from({ length: frames - pictures.length }, () => last)]) : places;
}

/**
 * Where the subject is in each picture; undefined where none is seen. The interrogator sees roughly where, above all before a background of the subject's own colour; the colours of
 * the pictures say which pixels.
 */
async function subjectPlaces(interrogator: Interrogator, pictures: readonly Frame[]): Promise<Tensor | undefined> {
  const map = await interrogator.findSubject(pictures);
  return map.range().mean < LEAST_SUBJECT ? undefined : refineMask(seedOfOutline(map), pictures);
}

/**
 * Where another subject stands in what was made, and with it what of the picture may change: that, and where the old one stood. So the room around an outline that the
 * edit was given, and has not taken, stays the source's.
 *
 * @param made clean latents. @param before the pictures that they come from. @param area where the edit could change pixels.
 * @returns `over` and `area`, `[frames, 1, height, width]` in 0…1; undefined where no subject is seen before or after.
 */
export async function placeOfNew(
  run: PreparedRun,
  interrogator: Interrogator,
  made: Tensor,
  before: readonly Frame[],
  area: Tensor,
): Promise<{ over: Tensor; area: Tensor } | undefined> {
  const frames = before.length;
  const after = await run.model.vae.decode(made.slice(0, frames), undefined, run.calls.aside);
  const [old, fresh] = [await subjectPlaces(interrogator, before), await subjectPlaces(interrogator, after)];
  if (!old || !fresh) return undefined;
  // Colours that the background has too make holes in an outline that they find; what is seen fills them.
  const seen = await interrogator.findSubject(after);
  const within = (share: number, i: number) => Math.min(share, area.data[i]!);
  const over = outlineOf(fresh, after).map((share, i) => within(Math.max(share, seen.data[i]!), i));
  const around = [growMask(outlineOf(old, before), AROUND.old), growMask(over, AROUND.new)] as const;
  return { over, area: around[0].map((share, i) => within(Math.max(share, around[1].data[i]!), i)) };
}
