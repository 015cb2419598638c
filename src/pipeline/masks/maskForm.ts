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

/** What is drawn by its outline. */
export type OutlineForm =
  | ({ readonly kind: 'rectangle' } & Box)
  | ({ readonly kind: 'ellipse' } & Box)
  | { readonly kind: 'polygon'; readonly points: readonly Corner[] };

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

/** What only the network knows: where it looks at for a word, or where two prompts disagree. */
export type FoundForm = { readonly kind: 'word'; readonly word: string; readonly threshold: number } | { readonly kind: 'automatic' };

/** A mask as data: a tree whose leaves say what is marked. */
export type MaskForm =
  | OutlineForm
  | ClipForm
  | ColourForm
  | FoundForm
  | { readonly kind: 'union' | 'intersection'; readonly of: readonly MaskForm[] }
  | { readonly kind: 'inverse'; readonly of: MaskForm }
  | { readonly kind: 'grown' | 'feathered'; readonly of: MaskForm; readonly by: number }
  | { readonly kind: 'tracked'; readonly of: MaskForm; readonly from: number };

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
