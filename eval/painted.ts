import type { Frame } from '../src/index.js';
import { hueDistance, hues, type Hsv, toHsv } from './hue.js';

/** Saturation and value from which on a pixel has a colour; those that `training/clips.py` recolours by. */
const COLOURED = { saturation: 0.2, value: 0.25 };

/** Least saturation of a pixel that has taken an asked colour, and most of one that has become gray. */
const TAKEN = { saturation: 0.2, gray: 0.2 };

/** How far, in degrees, a hue may be from the subject's own to be its own. */
const OWN_WIDTH = 25;

/** Least value of a pale pixel: outlines, eyes and wheels are no part of a thing's own colour. */
const PALE_VALUE = 0.3;

/** Share of the sticker that has to be coloured for its own colour to be a hue; below it, what is light in it is its own. */
const PALE = 0.35;

/** What is painted gray is neutral: most that its red, green and blue differ by, as a share of the range; and least share of the sticker that has to be so. */
const NEUTRAL = { range: 0.03, least: 0.1 };

/** What a recoloured clip is measured by. */
export interface Recolouring {
  /** The source's frames. */
  before: readonly Frame[];
  /** The result's. */
  after: readonly Frame[];
  /** One byte a pixel and frame: 1 where the sticker is. */
  masks: readonly Uint8Array[];
  /** The colour asked for, by its name in captions. */
  asked: string;
  /** The subject's colour in the source, likewise. */
  had: string;
}

/**
 * The painted share: of the pixels in the subject's own colour, those that have taken the colour asked for, 0…1.
 *
 * *Own* are the pixels inside the true mask whose hue in the source is within 25° of the most frequent hue there (pixels
 * with a saturation of at least .2 and a value of at least .25; each frame of the clip counted together). A sticker of which
 * less than 35 % is coloured (a panda, a ghost, anything gray) is pale, and its own pixels are those without colour and with
 * a value of at least .3: what recolouring by `training/clips.py` paints. Of a thing that was painted gray only what is neutral is its own (a gray airplane has
 * gray wings, and its body is as bluish white as any airplane's). *Taken* has a pixel whose nearest colour of the
 * seven named ones, by hue, is the one asked for, with a saturation of at least .2; gray is taken below a saturation of .2.
 * @returns NaN where no pixel is the subject's own.
 */
export function paintedShare({ before, after, masks, asked, had }: Recolouring): number {
  const source = before.map(toHsv);
  const own = (had === 'gray' && neutralPixels(source, masks)) || ownPixels(source, masks);
  let counted = 0;
  let painted = 0;
  after.forEach((frame, index) => {
    const { hue, saturation } = toHsv(frame);
    own[index]!.forEach((counts, pixel) => {
      if (!counts) return;
      counted++;
      if (asked === 'gray' ? saturation[pixel]! < TAKEN.gray : saturation[pixel]! >= TAKEN.saturation && nearestName(hue[pixel]!) === asked)
        painted++;
    });
  });
  return painted / counted;
}

/** One byte a pixel and frame: 1 where the sticker has its own colour. */
export function ownPixels(source: readonly Hsv[], masks: readonly Uint8Array[]): Uint8Array[] {
  const histogram = new Float64Array(360);
  let inside = 0;
  let coloured = 0;
  const isColoured = ({ saturation, value }: Hsv, pixel: number) =>
    saturation[pixel]! >= COLOURED.saturation && value[pixel]! >= COLOURED.value;
  source.forEach((frame, index) =>
    masks[index]!.forEach((mask, pixel) => {
      if (!mask) return;
      inside++;
      if (!isColoured(frame, pixel)) return;
      coloured++;
      histogram[Math.floor(frame.hue[pixel]!) % 360]!++;
    }),
  );
  const near = (hue: number) => histogram.reduce((sum, count, other) => sum + (hueDistance(hue, other) <= OWN_WIDTH / 2 ? count : 0), 0);
  const ownHue = Array.from(histogram, (_, hue) => near(hue)).reduce((best, count, hue, all) => (count > all[best]! ? hue : best), 0);
  const pale = coloured < PALE * inside;
  return source.map((frame, index) =>
    masks[index]!.map((mask, pixel) => {
      if (!mask) return 0;
      if (pale) return Number(!isColoured(frame, pixel) && frame.value[pixel]! >= PALE_VALUE);
      return Number(isColoured(frame, pixel) && hueDistance(frame.hue[pixel]!, ownHue) <= OWN_WIDTH);
    }),
  );
}

/** Likewise, where it is neutral; undefined where hardly any of it is, as under a look. */
function neutralPixels(source: readonly Hsv[], masks: readonly Uint8Array[]): Uint8Array[] | undefined {
  const isNeutral = ({ saturation, value }: Hsv, pixel: number) =>
    value[pixel]! >= PALE_VALUE && saturation[pixel]! * value[pixel]! <= NEUTRAL.range;
  const own = source.map((frame, index) => masks[index]!.map((mask, pixel) => Number(mask > 0 && isNeutral(frame, pixel))));
  const count = (planes: readonly Uint8Array[]) => planes.reduce((sum, plane) => sum + plane.reduce((a, b) => a + Number(b > 0), 0), 0);
  return count(own) >= NEUTRAL.least * count(masks) ? own : undefined;
}

/** The named colour whose hue is nearest. */
function nearestName(hue: number): string {
  return Object.entries(hues).reduce((best, entry) => (hueDistance(hue, entry[1]) < hueDistance(hue, best[1]) ? entry : best))[0];
}
