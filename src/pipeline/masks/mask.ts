import { ArgumentError, printsAsText, requireNumber } from '../core/index.js';
import { Video } from '../video/index.js';
import { type Colour, parseColour } from './colour.js';
import { areShares, type Box, type Corner, formsWithin, type MaskForm, partsOf } from './maskForm.js';

/** Farthest Oklab distance that counts as a colour, where nobody says. */
const TOLERANCE = 0.15;

/**
 * Where an edit may act: a value, made of regions, clips, colours and words, joined and changed. Nothing is drawn before a run.
 *
 * Lengths and places are pixels of the source, or, where one of the numbers given together is a fraction below 1, shares of its width and height.
 * `mask: Mask.ellipse({ x: 40, y: 20, width: 60, height: 30 }).union(Mask.colour('red')).feather(3)`.
 */
export class Mask {
  static {
    printsAsText(this.prototype);
  }

  private constructor(
    /** What it is made of, as plain data. */
    readonly form: MaskForm,
  ) {}

  /** A rectangle. @throws {ArgumentError} for a box without a size, and for shares among pixels. */
  static rectangle(box: Box): Mask {
    return new Mask({ kind: 'rectangle', ...checkedBox(box) });
  }

  /** The ellipse that touches the four sides of a box. @throws {ArgumentError} as {@link Mask.rectangle}. */
  static ellipse(box: Box): Mask {
    return new Mask({ kind: 'ellipse', ...checkedBox(box) });
  }

  /** A polygon, inside by the even-odd rule where its sides cross. @param points three corners or more. @throws {ArgumentError} for fewer. */
  static polygon(points: readonly Corner[]): Mask {
    if (!Array.isArray(points) || points.length < 3 || !points.every((point) => Array.isArray(point) && point.length === 2))
      throw new ArgumentError('points', points, 'three corners or more, [[x, y], …]');
    checkPlaces('points', points.flat());
    return new Mask({ kind: 'polygon', points: points.map(([x, y]) => [x, y] as const) });
  }

  /** The bright places (luma from 50 % on) of a clip of the source's size and length, or of a single picture for all frames. */
  static video(clip: Video): Mask {
    if (!(clip instanceof Video)) throw new ArgumentError('clip', clip, 'a Video: await Video.open(…)');
    return new Mask({ kind: 'clip', clip });
  }

  /**
   * Pixels of the source whose colour is near one.
   *
   * @param colour `'red'`, `'#c03020'`, or `[192, 48, 32]`.
   * @param options `tolerance`: the largest distance in Oklab (Ottosson 2020), 0.15 by default; black and white are 1 apart.
   */
  static colour(colour: Colour, { tolerance = TOLERANCE }: { tolerance?: number } = {}): Mask {
    requireNumber('tolerance', tolerance, 0, 2);
    return new Mask({ kind: 'colour', colour: parseColour(colour), tolerance });
  }

  /**
   * Where the network looks at for a word, by its cross-attention.
   *
   * @param options `threshold`: share of the largest attention in the frames worked on together from which on a place is the word's, 0 … 1; by default where
   * the places that are looked at and the others are most apart (Otsu's cut).
   */
  static word(word: string, { threshold }: { threshold?: number } = {}): Mask {
    if (typeof word !== 'string' || word.trim() === '') throw new ArgumentError('word', word, 'a word of the prompt');
    if (threshold !== undefined) requireNumber('threshold', threshold, 0, 1);
    return new Mask({ kind: 'word', word: word.trim(), ...(threshold !== undefined && { threshold }) });
  }

  /** What an edit would find by itself: where the prompt disagrees with what the source shows, as DiffEdit's mask. */
  static automatic(): Mask {
    return new Mask({ kind: 'automatic' });
  }

  /** What any of them marks: of soft edges the larger value. */
  union(...others: readonly Mask[]): Mask {
    return new Mask({ kind: 'union', of: [this.form, ...others.map(formOf)] });
  }

  /** What all of them mark: of soft edges the smaller value. */
  intersection(...others: readonly Mask[]): Mask {
    return new Mask({ kind: 'intersection', of: [this.form, ...others.map(formOf)] });
  }

  /** All the rest. */
  inverse(): Mask {
    return new Mask({ kind: 'inverse', of: this.form });
  }

  /** Larger by some pixels all around (by their Euclidean distance), or smaller where that is below 0. Soft edges become hard. @param by pixels of the source, or a share below 1 of its width. */
  grow(by: number): Mask {
    requireNumber('by', by, -32768, 32768);
    return new Mask({ kind: 'grown', of: this.form, by });
  }

  /** A soft edge: the mask rises from 0 at its outline to 1 this far inside. Nothing outside is touched; grow it first to fade around it. @param by pixels of the source, or a share below 1 of its width; 0 or more. */
  feather(by: number): Mask {
    requireNumber('by', by, 0, 32768);
    return new Mask({ kind: 'feathered', of: this.form, by });
  }

  /**
   * The region follows what it holds in one frame, by template matching over the clip: it moves, and keeps its size.
   *
   * @param options `from`: the frame, counted from 0, on which it is given; 0 by default.
   * @throws {ArgumentError} for anything but outlines and what is made of them.
   */
  track({ from = 0 }: { from?: number } = {}): Mask {
    requireNumber('from', from, 0, 1_000_000, true);
    const outlines = ['rectangle', 'ellipse', 'polygon', 'union', 'intersection', 'grown', 'feathered'];
    for (const { kind } of formsWithin(this.form))
      if (!outlines.includes(kind)) throw new ArgumentError('mask', kind, 'made of rectangles, ellipses and polygons to be tracked');
    return new Mask({ kind: 'tracked', of: this.form, from });
  }

  /** `Mask: feathered(union(ellipse, colour))` */
  toString(): string {
    const text = (form: MaskForm): string => {
      if (!('of' in form)) return form.kind;
      return `${form.kind}(${partsOf(form).map(text).join(', ')})`;
    };
    return `Mask: ${text(this.form)}`;
  }
}

/** What may be given as a mask: one of its own, or a clip whose bright places it is. */
export function asMask(given: Mask | Video): Mask {
  return given instanceof Mask ? given : Mask.video(given);
}

function formOf(mask: Mask): MaskForm {
  if (!(mask instanceof Mask)) throw new ArgumentError('mask', mask, 'a Mask: Mask.rectangle(…), Mask.colour(…), …');
  return mask.form;
}

function checkedBox({ x, y, width, height }: Box): Box {
  checkPlaces('box', [x, y, width, height]);
  if (!(width > 0 && height > 0)) throw new ArgumentError('box', `${width} × ${height}`, 'wider and higher than 0');
  return { x, y, width, height };
}

/** @throws {ArgumentError} unless all are numbers, and either pixels or shares. */
function checkPlaces(name: string, places: readonly number[]): void {
  for (const place of places) requireNumber(name, place, -32768, 32768);
  if (areShares(places) && places.some((place) => Math.abs(place) > 1))
    throw new ArgumentError(
      name,
      [...places],
      'all pixels, or all shares of the sides, 0 to 1: a fraction below 1 stands beside numbers above it',
    );
}
