import { resizePlane } from '../../pipeline/core/index.js';
import { colourAt, type Rgb, viridisAnchors } from '../../shared/figures/colourMaps.js';
import type { ValueMap } from '../../shared/figures/contour.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import { faintInk, rule } from './colours.js';
import type { Box, Page } from './page.js';

export type { ValueMap } from '../../shared/figures/contour.js';

/** The colour of a value in 0 … 1; what is not a number is grey. */
export function heatColour(share: number): Rgb {
  return colourAt(viridisAnchors, share);
}

/** The values that the two ends of the colours stand for. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Draws a map in viridis, a square of one colour for each value. */
export function drawHeatMap(page: Page, { data, width, height }: ValueMap, { min, max }: ValueRange, box: Box): void {
  page.shade(box, (u, v) => [...heatColour((data[Math.floor(v * height) * width + Math.floor(u * width)]! - min) / (max - min || 1)), 1]);
}

/** Lays a map over what is in the box: the more, the less is seen through it. */
export function drawHeatOver(page: Page, map: ValueMap, { min, max }: ValueRange, box: Box): void {
  const { width, height } = page.pixelSize(box);
  const values = resizePlane(map, width, height);
  page.shade(box, (u, v) => {
    const share = Math.min(1, Math.max(0, (values[Math.floor(v * height) * width + Math.floor(u * width)]! - min) / (max - min || 1)));
    return [...heatColour(share), 0.25 + 0.55 * share];
  });
}

/** An upright bar of all colours with numbers at its ends and middle. */
export function drawColourBar(page: Page, { min, max }: ValueRange, box: Box, format: (value: number) => string = shortNumber): void {
  page.shade(box, (_, v) => [...heatColour(1 - v), 1]);
  page.outline(box, 0.75, { colour: rule });
  for (const share of [0, 0.5, 1]) {
    const y = box.y + box.height * (1 - share);
    page.stroke(
      [
        [box.x + box.width, y],
        [box.x + box.width + 3, y],
      ],
      0.75,
      { colour: faintInk },
    );
    page.text(format(min + (max - min) * share), box.x + box.width + 6, y + 3.6, { size: 10, colour: faintInk });
  }
}

/** A lying bar of all colours, a number at either end and a text after it. @returns the width that it took. */
export function drawFlatColourBar(
  page: Page,
  { min, max }: ValueRange,
  at: { x: number; y: number; width: number },
  text = '',
  format: (value: number) => string = shortNumber,
): number {
  const low = page.text(format(min), at.x, at.y + 9, { size: 10.5, colour: faintInk });
  const bar = { x: at.x + low + 6, y: at.y, width: at.width, height: 10 };
  page.shade(bar, (u) => [...heatColour(u), 1]);
  const high = page.text(format(max), bar.x + bar.width + 6, at.y + 9, { size: 10.5, colour: faintInk });
  const end = bar.x + bar.width + 6 + high;
  return end + (text ? 8 + page.text(text, end + 8, at.y + 9, { size: 10.5, colour: faintInk }) : 0) - at.x;
}
