import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LatentDiffusionModel, Video } from '../src/index.js';

const folder = path.join(__dirname, '../test/golden/maskedClips');

/** A clip that a program drew, and where on it the subject is: shares of 16 × 16 latent pixels that it covers. */
interface MaskedClip {
  readonly file: string;
  readonly caption: string;
  readonly word: string;
  /** [8, 16, 16], 0 … 255, in base64. */
  readonly mask: string;
}

/** How well the attention of a subject's word tells where the subject is. */
export interface AttentionInMask {
  readonly word: string;
  /** Share of the word's attention that falls on the subject, over the share of the picture that the subject takes up; 1 is chance. */
  readonly ratio: number;
  /** Intersection over union of the subject and `run.attention(word).mask(0.5)`. */
  readonly iou: number;
  /** What a region of the same size anywhere would have on average, about. */
  readonly chanceIou: number;
}

/**
 * The honesty of the pictures of attention: clips with known masks are rebuilt from a little noise with their own caption, so
 * that the subject stays where it is, and the attention of the subject's word is compared with the mask.
 */
export async function measureAttentionInMask(model: LatentDiffusionModel): Promise<AttentionInMask[]> {
  const clips = JSON.parse(readFileSync(path.join(folder, 'clips.json'), 'utf8')) as MaskedClip[];
  const measured: AttentionInMask[] = [];
  for (const { file, caption, word, mask } of clips) {
    const clip = await Video.open(path.join(folder, file));
    const edited = await model.editVideo(clip, caption, {
      method: 'sdedit',
      strength: 0.4,
      numInferenceSteps: 15,
      seed: 7,
      capture: { latents: false, attention: [word] },
    });
    const attention = edited.run!.attention(word);
    const inside = Uint8Array.from(Buffer.from(mask, 'base64'), (cover) => (cover >= 128 ? 1 : 0));
    const found = (await attention.mask(0.5)).tensor.data;
    measured.push({ word, ...agreement((await attention.maps()).data, found, inside) });
    await edited.run!.close();
  }
  return measured;
}

function agreement(mass: Float32Array, found: Float32Array, inside: Uint8Array): Omit<AttentionInMask, 'word'> {
  if (mass.length !== inside.length || found.length !== inside.length)
    throw new Error(`The maps have ${mass.length} and ${found.length} places, the mask ${inside.length}.`);
  let [all, within, area, foundArea, both] = [0, 0, 0, 0, 0];
  inside.forEach((is, i) => {
    all += mass[i]!;
    within += is * mass[i]!;
    area += is;
    foundArea += found[i]!;
    both += is * found[i]!;
  });
  const places = inside.length;
  const chance = (area * foundArea) / places;
  return { ratio: within / all / (area / places), iou: both / (area + foundArea - both), chanceIou: chance / (area + foundArea - chance) };
}

/** For `npm run bench attentionInMask`: each clip's ratio and IoU, and their means. */
export async function attentionInMask(): Promise<object> {
  const measured = await measureAttentionInMask(await LatentDiffusionModel.fromPretrained('motion-stickers'));
  const mean = (key: 'ratio' | 'iou' | 'chanceIou'): number =>
    round(measured.reduce((sum, entry) => sum + entry[key], 0) / measured.length);
  const clips = Object.fromEntries(
    measured.map(({ word, ratio, iou, chanceIou }) => [word, { ratio: round(ratio), iou: round(iou), chanceIou: round(chanceIou) }]),
  );
  return { ratio: mean('ratio'), iou: mean('iou'), chanceIou: mean('chanceIou'), clips };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
