import { faintInk, ink, rule } from '../drawing/colours.js';
import { Page } from '../drawing/page.js';
import { encodePalettePng } from '../drawing/palettePng.js';
import { widthOf, wrapped } from '../../pipeline/drawing/index.js';

/** Layout units across a figure; about as many pixels as a notebook's column has. */
export const figureWidth = 900;
/** Empty room at the edges. */
export const margin = 28;

/** A part of a figure, drawn below the others. */
export interface Section {
  /** In layout units. */
  readonly height: number;
  /** In layout units with the margins, where it does not need all of {@link figureWidth}. */
  readonly width?: number;
  /** Draws it between the margins, from `top` down. */
  draw(page: Page, top: number): void;
}

/** What a figure shows, above its sections. */
export interface FigureHeader {
  readonly title: string;
  /** Facts below the title, such as the model and the seed; they share a line. */
  readonly facts: readonly string[];
}

/** Pixels to a layout unit: sharp on dense screens when there is room, and never so few that figures cannot be read. */
const SCALES = { most: 1.6, least: 0.75 };
const SECTION_GAP = 30;
const NARROWEST = 480;

/** Sections below a title. */
export function drawFigure({ title, facts }: FigureHeader, sections: readonly Section[], scale: number): Page {
  const width = Math.max(NARROWEST, ...sections.map((section) => section.width ?? figureWidth));
  const lines = wrapped(title, width - 2 * margin, 19, { bold: true, most: 2 });
  const head = margin + lines.length * 24 + 24;
  const height =
    head + sections.reduce((sum, section) => sum + section.height, 0) + SECTION_GAP * Math.max(0, sections.length - 1) + margin;
  const page = new Page(width, height, scale);
  lines.forEach((line, i) => page.text(line, margin, margin + 15 + i * 24, { size: 19, bold: true }));
  page.text(facts.join('   ·   '), margin, margin + lines.length * 24 + 9, { size: 11.5, colour: faintInk, maxWidth: width - 2 * margin });
  let top = head;
  for (const section of sections) {
    section.draw(page, top);
    top += section.height + SECTION_GAP;
  }
  // A hair line around it keeps the figure whole on white pages and on black ones.
  page.outline({ x: 0.5, y: 0.5, width: page.width - 1, height: page.height - 1 }, 1, { colour: rule });
  return page;
}

/** A heading inside a figure and, after it, what it says in short. */
export function drawHeading(page: Page, text: string, explanation: string, top: number): void {
  page.text(text, margin, top + 12, { size: 14, bold: true, colour: ink });
  const left = margin + widthOf(text, 14, true) + 12;
  page.text(explanation, left, top + 12, { size: 11.5, colour: faintInk, maxWidth: page.width - margin - left });
}

/**
 * A figure as a PNG file of at most about `limit` bytes: as large as fits.
 *
 * @param draw draws it at a scale in pixels to the layout unit.
 */
export async function figureWithin(
  limit: number,
  draw: (scale: number) => Page,
  scale = SCALES.most,
  least = SCALES.least,
): Promise<{ png: Buffer; page: Page }> {
  const page = draw(scale);
  let png: Buffer = Buffer.alloc(0);
  for (const colours of [256, 80]) {
    png = await encodePalettePng(page.frame, colours);
    if (png.length <= limit) return { png, page };
  }
  if (scale <= least) return { png, page };
  // Bytes grow a little slower than the area does.
  const next = Math.max(least, scale * Math.min(0.94, (limit / png.length) ** 0.6 * 0.99));
  return figureWithin(limit, draw, next, least);
}

/** `count` of `total` places, the first and the last among them, as even as they can be. */
export function spread(total: number, count: number): number[] {
  if (total <= count) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (total - 1)) / Math.max(1, count - 1)));
}
