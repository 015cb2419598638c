import { ArgumentError, checkFrame, type Frame } from '../core/index.js';

/**
 * Checks that there are frames, all of one size.
 *
 * @param least how many there must be.
 * @throws {ArgumentError} naming the frame that does not fit.
 */
export function requireFrames(frames: readonly Frame[], what: string, least = 1): void {
  if (!Array.isArray(frames) || frames.length < least)
    throw new ArgumentError(what, Array.isArray(frames) ? `${frames.length} frames` : frames, `a list of at least ${least} frames`);
  frames.forEach((frame, index) => checkFrame(frame, `${what}[${index}]`));
  const { width, height } = frames[0]!;
  const other = frames.findIndex((frame) => frame.width !== width || frame.height !== height);
  if (other > 0)
    throw new ArgumentError(
      `${what}[${other}]`,
      `${frames[other]!.width} × ${frames[other]!.height} pixels`,
      `${width} × ${height} pixels, as the first one is`,
    );
}

/** @throws {ArgumentError} unless both clips have the same number of frames, of one size. */
export function requireSameShape(reference: readonly Frame[], frames: readonly Frame[]): void {
  requireFrames(reference, 'reference');
  requireFrames(frames, 'frames');
  const shape = (clip: readonly Frame[]) => `${clip.length} frames of ${clip[0]!.width} × ${clip[0]!.height} pixels`;
  if (shape(reference) !== shape(frames))
    throw new ArgumentError('frames', shape(frames), `as many frames of the same size as the reference: ${shape(reference)}`);
}

/** The arithmetic mean, NaN of no values. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
