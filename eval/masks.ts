import { defineMethod, findChangeMap, type LatentDiffusionModel, Mask, type Tensor, Video } from '../src/index.js';
import { resizeMaps } from '../src/pipeline/core/index.js';
import type { Change, HeldOutClip, WantedEdit } from './heldOut.js';
import { mean } from './mean.js';

/** A map's values from which on a place is inside. */
const INSIDE = 0.5;

/** How well masks that are found agree with the true ones: intersection over union, all frames of a clip together. */
export interface MaskScores {
  /** Edits whose masks were found. */
  n: number;
  /** DiffEdit's own map of changes, from 0.5 on, enlarged: what the automatic mask was before attention and colours were joined to it. */
  before: number;
  /** The automatic mask: mean, and that of the worst edit. */
  automatic: { mean: number; least: number };
  /** Where the model's interrogator sees the subject, likewise; NaN for models without one. */
  subject: { mean: number; least: number };
}

/**
 * Measures the masks that edits find by themselves: for another colour or subject against the sticker, for another background against all
 * but the sticker. Nothing is edited.
 */
export async function judgeMasks(
  model: LatentDiffusionModel,
  clips: readonly HeldOutClip[],
  { changes, count }: { changes: readonly Change[]; count: number },
  report: (line: string) => void,
): Promise<Partial<Record<Change, MaskScores>>> {
  const scores: Partial<Record<Change, MaskScores>> = {};
  for (const change of changes.filter((each) => each !== 'effect')) {
    const wanted = clips.flatMap((clip) => clip.edits.filter((edit) => edit.changes === change).map((edit) => ({ clip, edit })));
    const all: { before: number; automatic: number; subject: number }[] = [];
    for (const [seed, { clip, edit }] of wanted.slice(0, count).entries()) {
      const found = await findMasks(model, clip, edit, seed);
      all.push(found);
      const percent = (share: number) => share.toFixed(2);
      report(`mask  ${clip.caption} → ${edit.caption}: before ${percent(found.before)}, now ${percent(found.automatic)}`);
    }
    const range = (values: readonly number[]) => ({ mean: mean(values), least: Math.min(...values) });
    scores[change] = {
      n: all.length,
      before: mean(all.map(({ before }) => before)),
      automatic: range(all.map(({ automatic }) => automatic)),
      subject: range(all.map(({ subject }) => subject)),
    };
  }
  return scores;
}

async function findMasks(
  model: LatentDiffusionModel,
  { frames, masks, caption }: HeldOutClip,
  edit: WantedEdit,
  seed: number,
): Promise<{ before: number; automatic: number; subject: number }> {
  const { width, height } = frames[0]!;
  const inverted = edit.changes === 'background';
  let automatic: Tensor | undefined;
  let before: Tensor | undefined;
  const looking = defineMethod({
    name: 'looking',
    title: 'Looking',
    about: 'looks for masks, and changes nothing',
    suits: 'Measuring masks.',
    paper: 'none',
    strength: 1,
    ownLoop: true,
    options: {},
    prepare: (run) => ({
      steps: 1,
      async edit({ source, mask }) {
        automatic = mask!.pixels;
        before = await findChangeMap(run, source, await run.condition(caption), await run.condition(edit.caption));
        return { latents: source };
      },
    }),
  });
  const clip = await Video.fromFrames(frames, { fps: 8 });
  const options = { method: looking, mask: Mask.automatic(), sourcePrompt: caption, seed, onNotice: () => undefined };
  const made = await model.editVideo(clip, edit.caption, options);
  await made.close();
  const seen = await model.interrogator?.findSubject(frames);
  return {
    automatic: overlap(automatic!, masks, inverted),
    before: overlap(resizeMaps(before!, width, height), masks, inverted),
    subject: seen ? overlap(seen, masks, false) : NaN,
  };
}

/** Intersection over union of a mask with the true one, or with all that the true one leaves out. */
function overlap({ data }: Tensor, masks: readonly Uint8Array[], inverted: boolean): number {
  let [both, either] = [0, 0];
  masks.forEach((mask, frame) =>
    mask.forEach((value, pixel) => {
      const found = data[frame * mask.length + pixel]! >= INSIDE;
      const wanted = (value === 1) !== inverted;
      if (found && wanted) both++;
      if (found || wanted) either++;
    }),
  );
  return both / either;
}
