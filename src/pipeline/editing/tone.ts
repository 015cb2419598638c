import type { Frame } from '../core/index.js';

/** How often a fit is made again without what strays from it. */
const ROUNDS = 4;

/** Levels of difference from which on a value strays. */
const STRAYS = 8;

/** What an offset costs beside the differences that it takes away: in a picture of one brightness, gain alone explains another. */
const OFFSET_COST = 0.02;

/** Another brightness and contrast of a whole picture, as weather gives it: one gain and one offset for red, green and blue. */
export interface Tone {
  /** What levels are multiplied by. */
  readonly gain: number;
  /** What is added, in levels of 0…255. */
  readonly offset: number;
}

/**
 * The tone that leads from some pictures to others: least squares over all their values, made again with what strays counting little (Cauchy's weights), so
 * that what lies over the pictures in some places, and hues that changed, have no say.
 * @param before as many as `after`, of the same sizes.
 */
export function findTone(before: readonly Frame[], after: readonly Frame[]): Tone {
  let tone: Tone = { gain: 1, offset: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    let [n, x, y, xx, xy] = [0, 0, 0, 0, 0];
    before.forEach(({ data }, index) => {
      const made = after[index]!.data;
      for (let i = 0; i < data.length; i++) {
        const [from, to] = [data[i]!, made[i]!];
        const weight = round === 0 ? 1 : 1 / (1 + ((to - tone.gain * from - tone.offset) / STRAYS) ** 2);
        n += weight;
        x += weight * from;
        y += weight * to;
        xx += weight * from * from;
        xy += weight * from * to;
      }
    });
    const determinant = xx * n * (1 + OFFSET_COST) - x * x;
    if (determinant <= 0) return tone;
    tone = { gain: (xy * n * (1 + OFFSET_COST) - x * y) / determinant, offset: (xx * y - x * xy) / determinant };
  }
  return tone;
}

/** Pictures in another tone. */
export function toned(pictures: readonly Frame[], { gain, offset }: Tone): Frame[] {
  const levels = Uint8ClampedArray.from({ length: 256 }, (_, level) => gain * level + offset);
  return pictures.map(({ data, width, height }) => ({ data: data.map((level) => levels[level]!), width, height }));
}
