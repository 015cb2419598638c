import { type Colour, placePicture, PictureScaler } from '../../pipeline/video/index.js';
import { createFrame, type Frame } from '../../pipeline/core/index.js';
import { coverageOfPolygons, coverageOfStroke } from './coverage.js';
import type { Coverage } from './coverage.js';
import { letterOf } from './letters.js';
import type { Point } from './letters.js';
import { shortened, widthOf } from './textWidth.js';
import { ink, paper } from './colours.js';

/** A rectangle in layout units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a text is written. */
export interface TextStyle {
  /** Layout units from one line to where the next could stand, about; an em. Default 12. */
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: Colour;
  /** Where x is: at the text's left end (default), middle or right end. */
  readonly align?: 'left' | 'centre' | 'right';
  /** Longer texts end in "…". */
  readonly maxWidth?: number;
}

/** How a shape is painted. */
export interface Paint {
  readonly colour: Colour;
  /** 0 … 1. Default 1. */
  readonly alpha?: number;
}

/**
 * A figure under way: shapes, letters and pictures with smooth edges on light paper, laid out in units of its own and
 * drawn at `scale` pixels to the unit, so that one layout serves every size.
 */
export class Page {
  /** The pixels, `width × scale` by `height × scale`. */
  readonly frame: Frame;

  constructor(readonly width: number, readonly height: number, readonly scale: number) {
    this.frame = createFrame(Math.round(width * scale), Math.round(height * scale));
    Buffer.from(this.frame.data.buffer).fill(Buffer.from(paper));
  }

  /** Fills a rectangle, its corners round by `radius`. */
  rect(box: Box, paint: Paint, radius = 0): void {
    this.polygon([roundedCorners(box, radius)], paint);
  }

  /** Draws the outline of a rectangle. */
  outline(box: Box, lineWidth: number, paint: Paint, radius = 0): void {
    const corners = roundedCorners(box, radius);
    this.stroke([...corners, corners[0]!], lineWidth, paint);
  }

  /** Fills closed polygons; where one lies in another the other way round there is a hole. */
  polygon(polygons: readonly (readonly Point[])[], paint: Paint): void {
    this.paint(coverageOfPolygons(polygons.map((points) => this.pixels(points)), this.frame), paint);
  }

  /** Draws a line through points. */
  stroke(points: readonly Point[], lineWidth: number, paint: Paint): void {
    this.paint(coverageOfStroke(this.pixels(points), lineWidth * this.scale, this.frame), paint);
  }

  /** Writes one line of text; `y` is its baseline. @returns the width that it took. */
  text(text: string, x: number, y: number, { size = 12, bold = false, colour = ink, align = 'left', maxWidth }: TextStyle = {}): number {
    const shown = maxWidth === undefined ? text : shortened(text, maxWidth, size, bold);
    const width = widthOf(shown, size, bold);
    let left = x - (align === 'right' ? width : align === 'centre' ? width / 2 : 0);
    for (const character of shown) {
      const { advance, contours } = letterOf(character, bold);
      if (contours.length > 0) this.polygon(contours.map((points) => points.map(([px, py]) => [left + px * size, y + py * size] as const)), { colour });
      left += advance * size;
    }
    return width;
  }

  /** Draws a picture over a box; small ones keep their hard pixels when `smooth` is false. */
  picture(picture: Frame, box: Box, { smooth = true }: { smooth?: boolean } = {}): void {
    const { left, top, width, height } = this.pixelBox(box);
    const scaled = smooth ? new PictureScaler(picture, placePicture(picture, { width, height, fit: 'fill' })).scale(picture) : undefined;
    this.shade(box, (u, v) => {
      const source = scaled ?? picture;
      const at = (Math.floor(v * source.height) * source.width + Math.floor(u * source.width)) * 3;
      return [source.data[at]!, source.data[at + 1]!, source.data[at + 2]!, 1];
    }, { left, top, width, height });
  }

  /** Paints a box pixel by pixel. @param colourAt red, green, blue (0 … 255) and alpha (0 … 1) at u, v: 0 … 1 from its left and top. */
  shade(box: Box, colourAt: (u: number, v: number) => readonly [number, number, number, number], { left, top, width, height } = this.pixelBox(box)): void {
    const { data } = this.frame;
    for (let row = 0; row < height; row++) {
      if (top + row < 0 || top + row >= this.frame.height) continue;
      for (let column = 0; column < width; column++) {
        if (left + column < 0 || left + column >= this.frame.width) continue;
        const [red, green, blue, alpha] = colourAt((column + 0.5) / width, (row + 0.5) / height);
        const at = ((top + row) * this.frame.width + left + column) * 3;
        data[at] = Math.round(data[at]! + (red - data[at]!) * alpha);
        data[at + 1] = Math.round(data[at + 1]! + (green - data[at + 1]!) * alpha);
        data[at + 2] = Math.round(data[at + 2]! + (blue - data[at + 2]!) * alpha);
      }
    }
  }

  /** Whole pixels: pictures that touch in the layout touch on paper. */
  private pixelBox({ x, y, width, height }: Box): { left: number; top: number; width: number; height: number } {
    const left = Math.round(x * this.scale);
    const top = Math.round(y * this.scale);
    return { left, top, width: Math.max(1, Math.round((x + width) * this.scale) - left), height: Math.max(1, Math.round((y + height) * this.scale) - top) };
  }

  private pixels(points: readonly Point[]): Point[] {
    return points.map(([x, y]) => [x * this.scale, y * this.scale]);
  }

  private paint(coverage: Coverage | undefined, { colour, alpha = 1 }: Paint): void {
    if (!coverage) return;
    const { left, top, width, height, values } = coverage;
    const { data } = this.frame;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const share = Math.min(1, values[row * width + column]!) * alpha;
        if (share <= 0) continue;
        const at = ((top + row) * this.frame.width + left + column) * 3;
        for (let channel = 0; channel < 3; channel++) data[at + channel] = Math.round(data[at + channel]! + (colour[channel]! - data[at + channel]!) * share);
      }
    }
  }
}

/** A rectangle's corners, clockwise, as a polygon. */
function roundedCorners({ x, y, width, height }: Box, radius: number): Point[] {
  if (radius <= 0) return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
  const r = Math.min(radius, width / 2, height / 2);
  const centres: Point[] = [[x + width - r, y + r], [x + width - r, y + height - r], [x + r, y + height - r], [x + r, y + r]];
  return centres.flatMap(([cx, cy], corner) => Array.from({ length: 7 }, (_, i): Point => {
    const angle = (corner - 1 + i / 6) * (Math.PI / 2);
    return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)];
  }));
}
