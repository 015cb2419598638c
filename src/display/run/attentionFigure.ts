import { drawAxes } from '../drawing/axes.js';
import { percent, roundTicks } from '../../shared/figures/ticks.js';
import { emptyGround, faintInk, ink, lineColours, rule } from '../drawing/colours.js';
import { contourOf } from '../../shared/figures/contour.js';
import { drawFlatColourBar, drawHeatOver } from '../drawing/heatMap.js';
import type { ValueMap, ValueRange } from '../drawing/heatMap.js';
import type { Box, Page, Point } from '../drawing/page.js';
import { widthOf } from '../../pipeline/drawing/index.js';
import { type Frame, resizePlane } from '../../pipeline/core/index.js';
import { drawHeading, figureWidth, margin } from './figure.js';
import type { Section } from './figure.js';

/** One captured word. */
export interface WordMaterial {
  readonly text: string;
  /** For each shown frame, the mean over steps, layers and heads. */
  readonly maps: readonly ValueMap[];
  /** Over all frames of the clip. */
  readonly range: ValueRange;
  /** Share of all attention at each captured step, mean over frames. */
  readonly mass: readonly number[];
}

/** What the pictures of attention are drawn from. */
export interface AttentionMaterial {
  /** The whole prompt in order; `mass` where the word was captured. */
  readonly prompt: readonly { readonly text: string; readonly mass?: number | undefined }[];
  readonly words: readonly WordMaterial[];
  /** Numbers of the captured steps. */
  readonly steps: readonly number[];
  readonly stepCount: number;
  /** Numbers of the shown frames, from 0, and the frames themselves. */
  readonly frames: readonly number[];
  readonly pictures: readonly Frame[];
  readonly aspect: number;
}

const LABELS = 98;
const GAP = 4;
const HEAD = 34;
const LARGEST_TILE = 92;
const CURVE = { height: 118, above: 34, below: 40 };
const WORD = { size: 15, bar: 26, gap: 12, line: 66 };

/** The prompt with a bar for each word, where each word was on each frame, and its share of attention over the steps. */
export function attentionSection(material: AttentionMaterial): Section {
  const { words, frames, aspect, prompt, steps } = material;
  const room = figureWidth - 2 * margin - LABELS;
  const tileWidth = Math.min(LARGEST_TILE, (room + GAP) / frames.length - GAP, LARGEST_TILE * aspect);
  const tileHeight = tileWidth / aspect;
  const rowHeight = Math.max(62, tileHeight) + GAP * 2;
  const lines = linesOfWords(prompt);
  const rowsTop = HEAD + lines.length * WORD.line + 22;
  const curveTop = rowsTop + words.length * rowHeight + CURVE.above;
  const withCurve = steps.length > 1;
  return {
    height: withCurve ? curveTop + CURVE.height + CURVE.below : curveTop - CURVE.above,
    draw(page, top) {
      drawHeading(
        page,
        'Attention',
        'where the model put each word: mean over steps, layers and heads; outlined where it is at least half of its largest',
        top,
      );
      drawPrompt(page, lines, words, top + HEAD);
      frames.forEach((frame, i) =>
        page.text(
          i === 0 ? `frame ${frame + 1}` : String(frame + 1),
          margin + LABELS + i * (tileWidth + GAP) + tileWidth / 2,
          top + rowsTop - 6,
          { size: 10.5, colour: faintInk, align: 'centre' },
        ),
      );
      words.forEach((word, row) => {
        const y = top + rowsTop + row * rowHeight;
        drawWordLabel(page, word, row, y + Math.max(62, tileHeight) / 2);
        word.maps.forEach((map, i) =>
          drawAlignment(page, material.pictures[i], map, word.range, {
            x: margin + LABELS + i * (tileWidth + GAP),
            y,
            width: tileWidth,
            height: tileHeight,
          }),
        );
      });
      if (withCurve) drawCurves(page, material, top + curveTop);
    },
  };
}

/** A frame with a word's map over it, outlined at half of the map's largest value. */
export function drawAlignment(page: Page, picture: Frame | undefined, map: ValueMap, range: ValueRange, box: Box): void {
  if (picture) page.picture(muted(picture), box);
  else page.rect(box, { colour: emptyGround });
  drawHeatOver(page, map, range, box);
  const fine = enlarged(map, 4);
  const onPage = (x: number, y: number): Point => [box.x + (x / fine.width) * box.width, box.y + (y / fine.height) * box.height];
  for (const [[ax, ay], [bx, by]] of contourOf(fine, range.max / 2)) {
    page.stroke([onPage(ax, ay), onPage(bx, by)], 1.3, { colour: [255, 255, 255] });
  }
  page.outline(box, 0.5, { colour: rule });
}

function drawWordLabel(page: Page, { text, range, mass }: WordMaterial, index: number, middle: number): void {
  const room = LABELS - 10;
  page.rect({ x: margin, y: middle - 25, width: 9, height: 9 }, { colour: lineColours[index % lineColours.length]! }, 2);
  page.text(text, margin + 14, middle - 16.5, { size: 12.5, bold: true, colour: ink, maxWidth: room - 14 });
  page.text(`${percent(meanOf(mass))} of all`, margin, middle - 1, { size: 10.5, colour: faintInk, maxWidth: room });
  drawFlatColourBar(page, range, { x: margin, y: middle + 8, width: 30 }, '', (value) => percent(value).replace(' ', ''));
  page.text('at a place', margin, middle + 30, { size: 10, colour: faintInk, maxWidth: room });
}

function drawPrompt(page: Page, lines: readonly (readonly PlacedWord[])[], words: readonly WordMaterial[], top: number): void {
  const most = Math.max(...lines.flat().map(({ mass }) => mass ?? 0)) || 1;
  lines.forEach((line, i) => {
    const baseline = top + i * WORD.line + 14;
    for (const { text, mass, x, width } of line) {
      page.text(text, x + width / 2, baseline, {
        size: WORD.size,
        bold: mass !== undefined,
        colour: mass === undefined ? faintInk : ink,
        align: 'centre',
      });
      if (mass === undefined) continue;
      const index = words.findIndex((word) => word.text === text);
      const height = Math.max(1, (mass / most) * WORD.bar);
      page.rect({ x, y: baseline + 6, width, height }, { colour: index < 0 ? faintInk : lineColours[index % lineColours.length]! }, 2);
      page.text(percent(mass), x + width / 2, baseline + 6 + height + 12, { size: 10, colour: faintInk, align: 'centre' });
    }
  });
}

interface PlacedWord {
  readonly text: string;
  readonly mass: number | undefined;
  readonly x: number;
  readonly width: number;
}

function linesOfWords(prompt: AttentionMaterial['prompt']): PlacedWord[][] {
  const lines: PlacedWord[][] = [[]];
  let x = margin;
  for (const { text, mass } of prompt) {
    const width = Math.max(widthOf(text, WORD.size, mass !== undefined), mass === undefined ? 0 : 34);
    if (x + width > figureWidth - margin && lines.at(-1)!.length > 0) [x] = [margin, lines.push([])];
    lines.at(-1)!.push({ text, mass, x, width });
    x += width + WORD.gap;
  }
  return lines;
}

function drawCurves(page: Page, { words, steps, stepCount }: AttentionMaterial, top: number): void {
  const box = { x: margin + 52, y: top, width: figureWidth - 2 * margin - 52 - 96, height: CURVE.height };
  const most = Math.max(...words.flatMap(({ mass }) => mass)) || 1;
  const plot = drawAxes(page, box, {
    x: {
      min: 1,
      max: Math.max(2, stepCount),
      label: 'step',
      ticks: roundTicks(0, stepCount, Math.min(stepCount, 12)).filter((tick) => Number.isInteger(tick) && tick >= 1),
    },
    y: { min: 0, max: most * 1.05, label: 'share of all attention, mean over places and frames', format: percent },
  });
  const ends: number[] = [];
  words.forEach(({ text, mass }, i) => {
    const colour = lineColours[i % lineColours.length]!;
    const points = mass.map((value, at) => [steps[at]!, value] as const);
    plot.line(points, 2, { colour });
    if (points.length <= 60) for (const [x, y] of points) plot.dot(x, y, 2, { colour });
    // Names stand at the lines' ends; one that would cover another moves down.
    let y = plot.y(mass.at(-1)!) + 4;
    while (ends.some((taken) => Math.abs(taken - y) < 13)) y += 3;
    ends.push(y);
    page.text(text, box.x + box.width + 10, y, { size: 11.5, bold: true, colour, maxWidth: 84 });
  });
}

/** A picture nearly grey and a little dark: colours then are those of the map. */
function muted({ data, width, height }: Frame): Frame {
  const out = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!;
    for (let channel = 0; channel < 3; channel++) out[at + channel] = Math.round(0.82 * (0.7 * luma + 0.3 * data[at + channel]!));
  }
  return { data: out, width, height };
}

/** A map with more places, for smooth outlines. */
function enlarged(map: ValueMap, times: number): ValueMap {
  const [width, height] = [map.width * times, map.height * times];
  return { data: resizePlane(map, width, height), width, height };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
