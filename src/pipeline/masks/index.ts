/** Where an edit may act: masks as values, drawn on the frames of a run. */
export { type Canvas, canvasOf, sourceCanvas } from './canvas.js';
export type { Colour } from './colour.js';
export { distances } from './distance.js';
export { maskErrors } from './errors.js';
export { asMask, Mask } from './mask.js';
export {
  areShares,
  type Box,
  type Corner,
  type ClipForm,
  type ColourForm,
  type AutomaticForm,
  type BoxForm,
  type FoundForm,
  type InverseForm,
  type JoinedForm,
  type MaskForm,
  type OutlinedForm,
  type OutlineForm,
  type PolygonForm,
  type TrackedForm,
  type WordForm,
} from './maskForm.js';
export { type FoundMaps, MaskPainter, type MaskView, PreparedMask } from './preparedMask.js';
export { holdsClip, readMask, recordedMask } from './readMask.js';
