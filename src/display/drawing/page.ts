import { createFrame, type Frame } from '../../pipeline/core/index.js';
import { type Colour, Drawing, paint, quickPngUri, short, shortened, widthOf } from '../../pipeline/drawing/index.js';
import { placePicture, PictureScaler } from '../../pipeline/video/index.js';
import { ink, paper } from './colours.js';

/** A point in layout units. */
export type Point = readonly [x: number, y: number];

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
 * A figure under way: shapes, texts and pictures on light paper, laid out in units of its own and drawn at `scale` pixels to
 * the unit, so that one layout serves every size. It is an SVG drawing; {@link frame} are its pixels.
 */
export class Page {
  private readonly drawing: Drawing;
  private pixels: Frame | undefined;
  private pictures = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    readonly scale: number,
  ) {
    this.drawing = new Drawing(width, height);
    this.drawing.add('rect', { width: width + 1, height: height + 1, fill: paint(paper) });
  }

  /** The pixels, `width × scale` by `height × scale`. */
  get frame(): Frame {
    this.pixels ??= withoutAlpha(this.drawing.rasterise(this.scale));
    return this.pixels;
  }

  /** Whether it is shapes and texts alone, which pages draw by themselves. */
  get isDrawing(): boolean {
    return this.pictures === 0;
  }

  /** The figure as SVG for a page. @param words what it shows, for those who cannot see it. */
  svg(words: string): string {
    return this.drawing.figure(words);
  }

  /** Fills a rectangle, its corners round by `radius`. */
  rect(box: Box, { colour, alpha = 1 }: Paint, radius = 0): void {
    this.drawing.add('rect', { ...box, ...rounded(radius), fill: paint(colour), 'fill-opacity': alpha });
  }

  /** Draws the outline of a rectangle. */
  outline(box: Box, lineWidth: number, { colour, alpha = 1 }: Paint, radius = 0): void {
    this.drawing.add('rect', {
      ...box,
      ...rounded(radius),
      fill: 'none',
      stroke: paint(colour),
      'stroke-opacity': alpha,
      'stroke-width': lineWidth,
    });
  }

  /** Fills closed polygons; where one lies in another the other way round there is a hole. */
  polygon(polygons: readonly (readonly Point[])[], { colour, alpha = 1 }: Paint): void {
    this.drawing.add('path', { d: polygons.map((points) => `${course(points)}z`).join(''), fill: paint(colour), 'fill-opacity': alpha });
  }

  /** Draws a line through points; one point is a dot. */
  stroke(points: readonly Point[], lineWidth: number, { colour, alpha = 1 }: Paint): void {
    const [only] = points;
    if (points.length === 1 && only)
      return this.drawing.add('circle', { cx: only[0], cy: only[1], r: lineWidth / 2, fill: paint(colour), 'fill-opacity': alpha });
    const line = { 'stroke-width': lineWidth, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
    this.drawing.add('path', { d: course(points), fill: 'none', stroke: paint(colour), 'stroke-opacity': alpha, ...line });
  }

  /** Writes one line of text; `y` is its baseline. @returns the width that it took. */
  text(text: string, x: number, y: number, { size = 12, bold = false, colour = ink, align = 'left', maxWidth }: TextStyle = {}): number {
    const shown = maxWidth === undefined ? text : shortened(text, maxWidth, size, bold);
    const width = align === 'left' ? 0 : widthOf(shown, size, bold);
    return this.drawing.text(shown, { x: x - (align === 'right' ? width : width / 2), y, size, bold, colour });
  }

  /** Draws a picture over a box; small ones keep their hard pixels when `smooth` is false. */
  picture(picture: Frame, box: Box, { smooth = true }: { smooth?: boolean } = {}): void {
    const { width, height } = this.pixelBox(box);
    const scaled = smooth ? new PictureScaler(picture, placePicture(picture, { width, height, fit: 'fill' })).scale(picture) : picture;
    this.image(box, quickPngUri(scaled, 'rgb'));
  }

  /** Paints a box pixel by pixel. @param colourAt red, green, blue (0 … 255) and alpha (0 … 1) at u, v: 0 … 1 from its left and top. */
  shade(box: Box, colourAt: (u: number, v: number) => readonly [number, number, number, number]): void {
    const { width, height } = this.pixelBox(box);
    const data = new Uint8Array(width * height * 4);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [red, green, blue, alpha] = colourAt((column + 0.5) / width, (row + 0.5) / height);
        data.set([red, green, blue, Math.round(alpha * 255)], (row * width + column) * 4);
      }
    }
    this.image(box, quickPngUri({ data, width, height }, 'rgba'));
  }

  /** Whole pixels that a box takes up. */
  pixelSize(box: Box): { width: number; height: number } {
    const { width, height } = this.pixelBox(box);
    return { width, height };
  }

  /** Pictures have the pixels that they are drawn in already, so that nothing is scaled twice. */
  private image(box: Box, uri: string): void {
    this.pictures++;
    const { left, top, width, height } = this.pixelBox(box);
    const { scale } = this;
    const place = { x: left / scale, y: top / scale, width: width / scale, height: height / scale };
    // In full: rounded places would fall between two pixels.
    const attributes = Object.fromEntries(Object.entries(place).map(([name, value]) => [name, String(value)]));
    this.drawing.add('image', { ...attributes, preserveAspectRatio: 'none', 'image-rendering': 'optimizeSpeed', href: uri });
  }

  /** Whole pixels: pictures that touch in the layout touch on paper. */
  private pixelBox({ x, y, width, height }: Box): { left: number; top: number; width: number; height: number } {
    const left = Math.round(x * this.scale);
    const top = Math.round(y * this.scale);
    return {
      left,
      top,
      width: Math.max(1, Math.round((x + width) * this.scale) - left),
      height: Math.max(1, Math.round((y + height) * this.scale) - top),
    };
  }
}

function course(points: readonly Point[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

function rounded(radius: number): { rx?: number } {
  return radius > 0 ? { rx: radius } : {};
}

/** The pixels of an opaque picture. */
function withoutAlpha({ data, width, height }: { data: Uint8Array; width: number; height: number }): Frame {
  const frame = createFrame(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) frame.data[pixel * 3 + channel] = data[pixel * 4 + channel]!;
  }
  return frame;
}
