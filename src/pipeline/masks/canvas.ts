import type { Rectangle } from '../core/index.js';
import { type Fit, placePicture, type Size } from '../video/index.js';

/** What a mask is drawn on: pixels, and where the source lies on them. */
export interface Canvas extends Size {
  /** The source's size. */
  readonly source: Size;
  /** Pixels of the canvas for each of the source's: to the right, and down. */
  readonly scale: readonly [across: number, down: number];
  /** Where the source's top left corner lies on it; below 0 where it is cut off. */
  readonly corner: readonly [x: number, y: number];
}

/** The canvas of the source's frames, or a part of them, at a size that is worked at. */
export function canvasOf(source: Size, size: Size, fit: Fit, crop?: Rectangle): Canvas {
  const seen = crop ?? { left: 0, top: 0, width: source.width, height: source.height };
  const { scaled, x, y } = placePicture(seen, { ...size, fit });
  const scale = [scaled.width / seen.width, scaled.height / seen.height] as const;
  return {
    width: size.width,
    height: size.height,
    source: { width: source.width, height: source.height },
    scale,
    corner: [x - seen.left * scale[0], y - seen.top * scale[1]],
  };
}

/** The source's own pixels. */
export function sourceCanvas(source: Size): Canvas {
  return canvasOf(source, source, 'fill');
}

/** The canvas with the source moved on it. @param by pixels of the source, to the right and down. */
export function moved(canvas: Canvas, [right, down]: readonly [number, number]): Canvas {
  const { corner, scale } = canvas;
  return { ...canvas, corner: [corner[0] + right * scale[0], corner[1] + down * scale[1]] };
}

/** A length of the source on the canvas. @param length pixels, or a share below 1 of its width. */
export function lengthOn({ scale, source }: Canvas, length: number): number {
  const pixels = Math.abs(length) < 1 ? length * source.width : length;
  return (pixels * (scale[0] + scale[1])) / 2;
}
