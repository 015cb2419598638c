import type { Colour } from '../../pipeline/drawing/index.js';

/** What figures are drawn on: nearly white, so that they read the same on a light and on a dark page. */
export const paper: Colour = [252, 252, 250];
/** Text and axes. */
export const ink: Colour = [31, 35, 40];
/** What matters less: units, captions. Contrast with {@link paper} above 4.5 : 1. */
export const faintInk: Colour = [96, 103, 112];
/** Rules, grids and frames of pictures. */
export const rule: Colour = [214, 217, 222];
/** Where a picture would stand that there is none of. */
export const emptyGround: Colour = [240, 241, 243];

/** Colours of lines and words, told apart by the colour-blind too (Okabe & Ito 2008). */
export const lineColours: readonly Colour[] = [
  [0, 114, 178],
  [213, 94, 0],
  [0, 148, 110],
  [178, 78, 140],
  [196, 133, 0],
  [66, 146, 198],
];
