import { ArgumentError, checkSide, type Rectangle } from '../core/index.js';

/**
 * How a picture meets a size of another shape: `cover` fills it and cuts what hangs over, `contain`
 * shows everything with black bars, `fill` stretches.
 */
export type Fit = 'cover' | 'contain' | 'fill';

/** Width and height in pixels. */
export interface Size {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** A wanted size; a missing side follows from the picture's shape. */
export interface SizeOptions {
  /** Pixels; left out, it follows from the height and the picture's shape. */
  readonly width?: number | undefined;
  /** Pixels; left out, it follows from the width and the picture's shape. */
  readonly height?: number | undefined;
  /** Default `cover`. Only matters when both sides are given. */
  readonly fit?: Fit | undefined;
}

/** How to get there: scale the whole picture to `scaled`, then cut or pad to `size`, in the middle. */
export interface Placement {
  readonly size: Size;
  readonly scaled: Size;
  /** Left and top of the scaled picture in the result: negative where it is cut. */
  readonly x: number;
  readonly y: number;
}

/**
 * Works out the size and place of a picture under {@link SizeOptions}.
 *
 * @throws ArgumentError for a side that is no pixel count or an unknown `fit`.
 */
export function placePicture(source: Size, wanted: SizeOptions): Placement {
  const fit = wanted.fit ?? 'cover';
  if (fit !== 'cover' && fit !== 'contain' && fit !== 'fill') throw new ArgumentError('fit', fit, '"cover", "contain" or "fill"');
  if (wanted.width !== undefined) checkSide('width', wanted.width);
  if (wanted.height !== undefined) checkSide('height', wanted.height);
  const size = {
    width: wanted.width ?? (wanted.height === undefined ? source.width : follow(source.width, wanted.height / source.height)),
    height: wanted.height ?? (wanted.width === undefined ? source.height : follow(source.height, wanted.width / source.width)),
  };
  const bothGiven = wanted.width !== undefined && wanted.height !== undefined;
  if (!bothGiven || fit === 'fill') return { size, scaled: size, x: 0, y: 0 };
  const choose = fit === 'cover' ? Math.max : Math.min;
  const factor = choose(size.width / source.width, size.height / source.height);
  const scaled = {
    width: limit(Math.round(source.width * factor), size.width, fit),
    height: limit(Math.round(source.height * factor), size.height, fit),
  };
  return { size, scaled, x: Math.trunc((size.width - scaled.width) / 2), y: Math.trunc((size.height - scaled.height) / 2) };
}

/** A side that follows from the other is made even, as most codecs want it. */
function follow(side: number, factor: number): number {
  return Math.max(2, 2 * Math.round((side * factor) / 2));
}

/** Rounding must not leave a cover one pixel short, or a contain one pixel over. */
function limit(side: number, target: number, fit: Fit): number {
  return Math.max(1, fit === 'cover' ? Math.max(side, target) : Math.min(side, target));
}

/** The size with odd sides grown by one pixel. */
export function evenSize(size: Size): Size {
  return { width: size.width + (size.width % 2), height: size.height + (size.height % 2) };
}

/** @throws ArgumentError unless the part lies in the picture. */
export function checkRectangle(picture: Size, { left, top, width, height }: Rectangle): void {
  checkSide('width', width);
  checkSide('height', height);
  const reaches = (from: number, length: number, side: number) => Number.isInteger(from) && from >= 0 && from + length <= side;
  if (!reaches(left, width, picture.width) || !reaches(top, height, picture.height))
    throw new ArgumentError(
      'rectangle',
      `${width} × ${height} at ${left}, ${top}`,
      `a part of the ${picture.width} × ${picture.height} pixels`,
    );
}
