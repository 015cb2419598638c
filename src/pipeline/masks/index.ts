/** Where an edit may act: masks as values, drawn on the frames of a run. */
export { type Canvas, canvasOf, sourceCanvas } from './canvas.js';
export type { Colour } from './colour.js';
export { maskErrors } from './errors.js';
export { asMask, Mask } from './mask.js';
export {
  areShares,
  type Box,
  type Corner,
  type ClipForm,
  type ColourForm,
  type FoundForm,
  type MaskForm,
  type OutlineForm,
} from './maskForm.js';
export { type FoundMaps, MaskPainter, type MaskView, PreparedMask } from './preparedMask.js';
export { holdsClip, readMask, recordedMask } from './readMask.js';
