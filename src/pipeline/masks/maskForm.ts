import type { Video } from '../video/index.js';

/** Pixels of the source from its top left corner, or, where one of the numbers is a fraction below 1, shares of its sides. */
export interface Box {
  /** Left edge. */
  readonly x: number;
  /** Top edge. */
  readonly y: number;
  /** From left to right, above 0. */
  readonly width: number;
  /** From top to bottom, above 0. */
  readonly height: number;
}

/** A corner of a polygon: to the right, and down; pixels or shares as in {@link Box}. */
export type Corner = readonly [x: number, y: number];

/** A box, or the ellipse within it. */
export interface BoxForm extends Box {
  /** Told by. */
  readonly kind: 'rectangle' | 'ellipse';
}

/** What lies within straight sides. */
export interface PolygonForm {
  /** Told by. */
  readonly kind: 'polygon';
  /** Its corners, in turn. */
  readonly points: readonly Corner[];
}

/** What is drawn by its outline. */
export type OutlineForm = BoxForm | PolygonForm;

/** What the pictures of a clip show, bright where the mask is. */
export interface ClipForm {
  /** Told by. */
  readonly kind: 'clip';
  /** As large and long as the source, or one picture. */
  readonly clip: Video;
}

/** Pixels of the source whose colour is near one. */
export interface ColourForm {
  /** Told by. */
  readonly kind: 'colour';
  /** Red, green and blue, 0 … 255. */
  readonly colour: readonly [number, number, number];
  /** Largest distance in Oklab. */
  readonly tolerance: number;
}

/** Where the network looks at for a word. */
export interface WordForm {
  /** Told by. */
  readonly kind: 'word';
  /** A word of the prompt, or of what the source shows. */
  readonly word: string;
  /** Share of the largest attention from which on a place is the word's, 0 … 1; by default where the two halves of the map are most apart. */
  readonly threshold?: number;
}

/** Where the prompt disagrees with what the source shows. */
export interface AutomaticForm {
  /** Told by. */
  readonly kind: 'automatic';
}

/** What only the network knows. */
export type FoundForm = WordForm | AutomaticForm;

/** What any of some masks marks, or all of them. */
export interface JoinedForm {
  /** Told by. */
  readonly kind: 'union' | 'intersection';
  /** The masks. */
  readonly of: readonly MaskForm[];
}

/** All that a mask leaves out. */
export interface InverseForm {
  /** Told by. */
  readonly kind: 'inverse';
  /** The mask. */
  readonly of: MaskForm;
}

/** A mask whose outline is moved outwards, or made soft. */
export interface OutlinedForm {
  /** Told by. */
  readonly kind: 'grown' | 'feathered';
  /** The mask. */
  readonly of: MaskForm;
  /** How far: pixels of the source, or a share below 1 of its width. */
  readonly by: number;
}

/** A mask that follows what it holds. */
export interface TrackedForm {
  /** Told by. */
  readonly kind: 'tracked';
  /** The mask, as it is given on one frame. */
  readonly of: MaskForm;
  /** That frame, counted from 0. */
  readonly from: number;
}

/** A mask as data: a tree whose leaves say what is marked. */
export type MaskForm = OutlineForm | ClipForm | ColourForm | FoundForm | JoinedForm | InverseForm | OutlinedForm | TrackedForm;

/** The forms that a form is made of. */
export function partsOf(form: MaskForm): readonly MaskForm[] {
  if (!('of' in form)) return [];
  return Array.isArray(form.of) ? (form.of as readonly MaskForm[]) : [form.of as MaskForm];
}

/** The form and all that it is made of, from the top down. */
export function* formsWithin(form: MaskForm): Generator<MaskForm> {
  yield form;
  for (const part of partsOf(form)) yield* formsWithin(part);
}

/** Whether the numbers are shares of the source's sides: one of them is a fraction below 1. */
export function areShares(numbers: readonly number[]): boolean {
  return numbers.some((value) => Math.abs(value) < 1 && value !== 0);
}
