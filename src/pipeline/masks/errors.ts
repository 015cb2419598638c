import { FrameloomError } from '../core/index.js';

/** Errors of masks. */
export const maskErrors = {
  /** A clip or picture of another size than the source. */
  size: (mask: { width: number; height: number }, source: { width: number; height: number }) =>
    new FrameloomError(
      'FL_MASK_SIZE',
      `The mask has ${mask.width} × ${mask.height} pixels, but the source has ${source.width} × ${source.height}. Make it as large as the source, so that it lies where it is meant to: await clip.resize({ width: ${source.width}, height: ${source.height}, fit: 'fill' }) stretches it.`,
    ),
  /** A clip of another length than the source. */
  length: (mask: number | undefined, source: number | undefined) =>
    new FrameloomError(
      'FL_MASK_LENGTH',
      `The mask has ${mask ?? 'uncounted'} frames, but the source has ${source ?? 'uncounted'}. Give a mask with a frame for each of the source's, or a single picture for all of them.`,
    ),
  /** Nothing is marked. */
  empty: (size: { width: number; height: number }) =>
    new FrameloomError(
      'FL_MASK_EMPTY',
      `The mask is empty: it marks none of the ${size.width} × ${size.height} pixels that are worked on, in any frame. Mark a larger region, or another one; a region in pixels counts those of the source.`,
    ),
  /** Something that cannot be told before the network has looked. */
  foundLater: (what: string, kind: string) =>
    new FrameloomError(
      'FL_MASK_FOUND_LATER',
      `${what}, but a mask by ${kind} is found only while the edit runs. Mark the region by its outline, by a colour, or by a clip.`,
    ),
  /** A region that is to be tracked, but is not in the frame it is given on. */
  notInFrame: (frame: number) =>
    new FrameloomError(
      'FL_MASK_TRACK',
      `The region to track is outside of frame ${frame}, on which it is given. Say where it is in that frame, or another frame (from).`,
    ),
};
