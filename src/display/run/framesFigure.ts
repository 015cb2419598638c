import { percent } from '../../shared/figures/ticks.js';
import { faintInk, ink, rule } from '../drawing/colours.js';
import { drawColourBar, drawHeatMap, type ValueMap, type ValueRange } from '../drawing/heatMap.js';
import type { Box, Page } from '../drawing/page.js';
import { drawHeading, figureWidth, margin } from './figure.js';
import type { Section } from './figure.js';

/** What the maps of attention between frames are drawn from. */
export interface FramesMaterial {
  /** Mean over steps, layers and heads; those that look downwards. */
  readonly mean: ValueMap;
  /** By layer, mean over steps and heads. */
  readonly layers: readonly { readonly name: string; readonly map: ValueMap }[];
  /** `frame` or, where several frames of the clip share one, `latent frame`. */
  readonly frameTitle: string;
}

const HEAD = 34;
const LARGE = 250;
const LABELS = 30;
const BAR = 84;
const GAP = 14;
const NAME = 16;
const MOST_LABELS = 12;

/** How much every frame looks at every other: in the mean, and layer by layer. */
export function framesSection({ mean, layers, frameTitle }: FramesMaterial): Section {
  const left = margin + LABELS + LARGE + BAR;
  const room = figureWidth - margin - left;
  const side = sideFor(layers.length, room, LARGE);
  const columns = Math.max(1, Math.floor((room + GAP) / (side + GAP)));
  return {
    height: HEAD + 18 + LARGE,
    draw(page, top) {
      drawHeading(
        page,
        'Between frames',
        `how much of its attention each ${frameTitle} (down) gives to each (across): mean over steps, layers and heads`,
        top,
      );
      const box = { x: margin + LABELS, y: top + HEAD + 18, width: LARGE, height: LARGE };
      drawMap(page, mean, rangeOf([mean]), box);
      drawNumbers(page, mean.width, box);
      drawColourBar(page, rangeOf([mean]), { x: box.x + LARGE + 12, y: box.y, width: 10, height: LARGE }, percent);
      const range = rangeOf(layers.map(({ map }) => map));
      layers.forEach(({ name, map }, i) => {
        const x = left + (i % columns) * (side + GAP);
        const y = top + HEAD + 18 + Math.floor(i / columns) * (side + NAME + GAP / 2);
        drawMap(page, map, range, { x, y: y + NAME, width: side, height: side });
        page.text(name, x, y + NAME - 5, { size: 10.5, colour: ink, maxWidth: side });
      });
    },
  };
}

function drawMap(page: Page, map: ValueMap, range: ValueRange, box: Box): void {
  drawHeatMap(page, map, range, box);
  page.outline(box, 0.75, { colour: rule });
}

/** Numbers of frames, from 1, at both edges; of many some. */
function drawNumbers(page: Page, frames: number, { x, y, width, height }: Box): void {
  const every = Math.ceil(frames / MOST_LABELS);
  for (let frame = 0; frame < frames; frame += every) {
    const at = (frame + 0.5) / frames;
    page.text(String(frame + 1), x + at * width, y - 6, { size: 10.5, colour: faintInk, align: 'centre' });
    page.text(String(frame + 1), x - 7, y + at * height + 4, { size: 10.5, colour: faintInk, align: 'right' });
  }
}

function rangeOf(maps: readonly ValueMap[]): ValueRange {
  const values = maps.flatMap(({ data }) => Array.from(data));
  return { min: values.reduce((a, b) => Math.min(a, b), 1), max: values.reduce((a, b) => Math.max(a, b), 0) };
}

/** The largest side by which so many squares with names fit into the room. */
function sideFor(count: number, width: number, height: number): number {
  for (let side = Math.min(width, 120); side > 24; side -= 2) {
    const rows = Math.ceil(count / Math.max(1, Math.floor((width + GAP) / (side + GAP))));
    if (rows * (side + NAME + GAP / 2) <= height) return side;
  }
  return 24;
}
