import { percent, shortNumber } from '../../shared/figures/ticks.js';
import { faintInk, ink, lineColours, rule } from '../drawing/colours.js';
import { drawHeatMap } from '../drawing/heatMap.js';
import type { ValueMap, ValueRange } from '../drawing/heatMap.js';
import { Page } from '../drawing/page.js';
import type { Box } from '../drawing/page.js';
import { type Colour, widthOf, wrapped } from '../../pipeline/drawing/index.js';
import type { Frame } from '../../pipeline/core/index.js';
import { drawAlignment } from './attentionFigure.js';

/** A picture on the way from noise to clip. */
export interface DiffusionPicture {
  readonly label: string;
  readonly picture: Frame;
}

/** What the card of stages is drawn from. */
export interface StagesMaterial {
  readonly title: string;
  readonly facts: string;
  readonly aspect: number;
  /** Frames of the source; none for a clip made from words alone. */
  readonly source?: readonly Frame[] | undefined;
  readonly latents: { readonly maps: readonly ValueMap[]; readonly range: ValueRange; readonly caption: string } | undefined;
  readonly words: readonly { readonly text: string; readonly mass?: number | undefined }[];
  /** Where captured words were, on one frame. */
  readonly alignments: readonly {
    readonly text: string;
    readonly map: ValueMap;
    readonly range: ValueRange;
    readonly picture?: Frame | undefined;
  }[];
  readonly diffusion: readonly DiffusionPicture[];
  readonly result: readonly Frame[];
  readonly captions: { readonly source: string; readonly text: string; readonly diffusion: string; readonly result: string };
}

/** One stage of the card: what it is called, what happens there, and its picture. */
export interface StagePanel {
  readonly name: 'Source' | 'Latents' | 'Text' | 'Diffusion' | 'Result';
  readonly caption: string;
  draw(page: Page, box: Box): void;
}

const WIDTH = 960;
const HEIGHT = 540;
const MARGIN = 32;
const GAP = 30;
const NARROW = 204;
const ROWS = [
  { y: 92, height: 206 },
  { y: 326, height: 186 },
] as const;
const card: Colour = [244, 245, 247];

/** The stages that this run has, in order. */
export function stagePanels({ source, latents, words, alignments, diffusion, result, captions, aspect }: StagesMaterial): StagePanel[] {
  return [
    ...(source
      ? [{ name: 'Source' as const, caption: captions.source, draw: (page: Page, box: Box) => drawGrid(page, source, aspect, box) }]
      : []),
    ...(latents
      ? [
          {
            name: 'Latents' as const,
            caption: latents.caption,
            draw: (page: Page, box: Box) => drawMaps(page, latents.maps, latents.range, box),
          },
        ]
      : []),
    { name: 'Text', caption: captions.text, draw: (page, box) => drawText(page, words, alignments, aspect, box) },
    { name: 'Diffusion', caption: captions.diffusion, draw: (page, box) => drawDiffusion(page, diffusion, aspect, box) },
    { name: 'Result', caption: captions.result, draw: (page, box) => drawGrid(page, result, aspect, box) },
  ];
}

/** The card, 16 : 9: what goes in above, diffusion and what comes out below. @param scale pixels to the layout unit; the card is 960 × 540 units. */
export function drawStages(material: StagesMaterial, scale: number): Page {
  const page = new Page(WIDTH, HEIGHT, scale);
  page.text(material.title, MARGIN, 46, { size: 22, bold: true, maxWidth: WIDTH - 2 * MARGIN });
  page.text(material.facts, MARGIN, 69, { size: 12, colour: faintInk, maxWidth: WIDTH - 2 * MARGIN });
  const panels = stagePanels(material);
  const above = panels.filter(({ name }) => name !== 'Diffusion' && name !== 'Result');
  const textWidth = WIDTH - 2 * MARGIN - (above.length - 1) * (NARROW + GAP);
  let number = 0;
  let x = MARGIN;
  const boxes = panels.map((panel): Box => {
    const below = !above.includes(panel);
    if (panel.name === 'Diffusion') x = MARGIN;
    const width = panel.name === 'Text' ? textWidth : panel.name === 'Diffusion' ? WIDTH - 2 * MARGIN - GAP - NARROW : NARROW;
    const box = { x, width, ...ROWS[below ? 1 : 0] };
    x += width + GAP;
    drawPanel(page, panel, ++number, box);
    return box;
  });
  const boxOf = (name: StagePanel['name']): Box | undefined => boxes[panels.findIndex((panel) => panel.name === name)];
  const [source, latents, text, diffusion] = [boxOf('Source'), boxOf('Latents'), boxOf('Text')!, boxOf('Diffusion')!];
  const between = ROWS[0].y + ROWS[0].height;
  if (source && latents)
    drawArrow(page, [latents.x - GAP + 5, latents.y + latents.height / 2], [latents.x - 5, latents.y + latents.height / 2]);
  if (latents) drawArrow(page, [latents.x + latents.width / 2, between + 4], [latents.x + latents.width / 2, ROWS[1].y - 4]);
  const textX = Math.min(text.x + text.width / 2, diffusion.x + diffusion.width - 60);
  drawArrow(page, [textX, between + 4], [textX, ROWS[1].y - 4]);
  drawArrow(
    page,
    [diffusion.x + diffusion.width + 5, ROWS[1].y + ROWS[1].height / 2],
    [diffusion.x + diffusion.width + GAP - 5, ROWS[1].y + ROWS[1].height / 2],
  );
  page.outline({ x: 0.5, y: 0.5, width: WIDTH - 1, height: HEIGHT - 1 }, 1, { colour: rule });
  return page;
}

function drawPanel(page: Page, { name, caption, draw }: StagePanel, number: number, box: Box): void {
  page.rect(box, { colour: card }, 10);
  page.outline(box, 1, { colour: rule }, 10);
  page.stroke([[box.x + 23, box.y + 21]], 20, { colour: lineColours[0]! });
  page.text(String(number), box.x + 23, box.y + 25.4, { size: 12, bold: true, colour: [255, 255, 255], align: 'centre' });
  page.text(name, box.x + 41, box.y + 26, { size: 14.5, bold: true });
  const lines = wrapped(caption, box.width - 28, 10.5, { most: 2 });
  lines.forEach((line, i) =>
    page.text(line, box.x + 14, box.y + box.height - 11 - (lines.length - 1 - i) * 13.5, { size: 10.5, colour: faintInk }),
  );
  draw(page, { x: box.x + 14, y: box.y + 40, width: box.width - 28, height: box.height - 40 - lines.length * 13.5 - 15 });
}

function drawArrow(page: Page, [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): void {
  const length = Math.hypot(bx - ax, by - ay);
  const [dx, dy] = [(bx - ax) / length, (by - ay) / length];
  page.stroke(
    [
      [ax, ay],
      [bx - dx * 5, by - dy * 5],
    ],
    2,
    { colour: faintInk },
  );
  page.polygon(
    [
      [
        [bx, by],
        [bx - dx * 8 - dy * 5, by - dy * 8 + dx * 5],
        [bx - dx * 8 + dy * 5, by - dy * 8 - dx * 5],
      ],
    ],
    { colour: faintInk },
  );
}

/** Boxes of one shape in a row or in a grid of two rows, as large as they can be, in the middle. */
function places(count: number, rows: number, aspect: number, { x, y, width, height }: Box, gap: number): Box[] {
  const columns = Math.ceil(count / rows);
  const tile = Math.min((width - (columns - 1) * gap) / columns, ((height - (rows - 1) * gap) / rows) * aspect);
  const [left, top] = [
    x + (width - columns * tile - (columns - 1) * gap) / 2,
    y + (height - (rows * tile) / aspect - (rows - 1) * gap) / 2,
  ];
  return Array.from({ length: count }, (_, i) => ({
    x: left + (i % columns) * (tile + gap),
    y: top + Math.floor(i / columns) * (tile / aspect + gap),
    width: tile,
    height: tile / aspect,
  }));
}

function drawGrid(page: Page, pictures: readonly Frame[], aspect: number, box: Box): void {
  places(pictures.length, pictures.length > 2 ? 2 : 1, aspect, box, 4).forEach((place, i) => {
    page.picture(pictures[i]!, place);
    page.outline(place, 0.5, { colour: rule });
  });
}

function drawMaps(page: Page, maps: readonly ValueMap[], range: ValueRange, box: Box): void {
  places(maps.length, maps.length > 2 ? 2 : 1, maps[0]!.width / maps[0]!.height, box, 4).forEach((place, i) =>
    drawHeatMap(page, maps[i]!, range, place),
  );
}

function drawText(page: Page, words: StagesMaterial['words'], alignments: StagesMaterial['alignments'], aspect: number, box: Box): void {
  const most = Math.max(...words.map(({ mass }) => mass ?? 0)) || 1;
  const size = 11.5;
  let [x, y] = [box.x, box.y + 2];
  for (const { text, mass } of words) {
    const width = widthOf(text, size) + 12;
    if (x + width > box.x + box.width) [x, y] = [box.x, y + 25];
    if (y > box.y + (alignments.length > 0 ? 40 : box.height - 20)) break;
    page.rect({ x, y, width, height: 20 }, { colour: [255, 255, 255] }, 5);
    if (mass !== undefined) page.rect({ x, y, width, height: 20 }, { colour: lineColours[4]!, alpha: 0.12 + 0.55 * (mass / most) }, 5);
    page.outline({ x, y, width, height: 20 }, 0.75, { colour: rule }, 5);
    page.text(text, x + 6, y + 14, { size, colour: ink });
    x += width + 5;
  }
  if (alignments.length === 0) return;
  const rest = { x: box.x, y: y + 27, width: box.width, height: box.y + box.height - y - 27 };
  const step = rest.width / alignments.length;
  const width = Math.min((rest.height - 17) * aspect, step - 8);
  alignments.forEach(({ text, map, range, picture }, i) => {
    const middle = rest.x + (i + 0.5) * step;
    const tile = { x: middle - width / 2, y: rest.y, width, height: width / aspect };
    drawAlignment(page, picture, map, range, tile);
    page.text(`${text}   ≤ ${percent(range.max)}`, middle, tile.y + tile.height + 13, { size: 10.5, align: 'centre', maxWidth: step - 6 });
  });
}

function drawDiffusion(page: Page, pictures: readonly DiffusionPicture[], aspect: number, box: Box): void {
  const gap = 22;
  places(pictures.length, 1, aspect, { ...box, height: box.height - 15 }, gap).forEach((place, i) => {
    const { picture, label } = pictures[i]!;
    page.picture(picture, place);
    page.outline(place, 0.5, { colour: rule });
    page.text(label, place.x + place.width / 2, place.y + place.height + 13, { size: 10, colour: faintInk, align: 'centre' });
  });
}

/** `σ 14.6`. */
export function sigmaLabel(sigma: number | undefined): string {
  return sigma === undefined ? '' : `σ ${shortNumber(sigma)}`;
}
