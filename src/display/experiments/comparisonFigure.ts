import type { Frame } from '../../pipeline/core/index.js';
import { type CellNumber, type ComparedCells, type ComparisonCell, numberOf } from '../../pipeline/experiments/index.js';
import { numberNames } from '../../shared/figures/numberNames.js';
import { emptyGround, faintInk, ink, lineColours } from '../drawing/colours.js';
import type { Box, Page } from '../drawing/page.js';
import { drawFigure, drawHeading, figureWidth, margin, type Section } from '../run/figure.js';
import { axisName, type Grid, gridsOf, numberText } from './grids.js';

/** Room for the names of the rows. */
const ROW_NAMES = 132;
const CELL = { most: 168, least: 96, gap: 8 };
const LINE = 14;
const HEAD = 48;

/** A still of each cell: the frame in its middle. */
export type Stills = ReadonlyMap<ComparisonCell, Frame>;

/** The still of every cell that is done. @throws what reading a clip throws. */
export async function stillsOf(comparison: ComparedCells): Promise<Stills> {
  const stills = new Map<ComparisonCell, Frame>();
  for (const cell of comparison.cells) stills.set(cell, await cell.video.frame(Math.floor(((cell.video.frameCount ?? 1) - 1) / 2)));
  return stills;
}

/**
 * A comparison as a sheet: a grid of stills with their numbers over the two axes that say most, and one below the other for the rest.
 *
 * @param onPicture told where the picture of each cell lies on the page.
 */
export function drawComparison(
  comparison: ComparedCells,
  stills: Stills,
  numbers: readonly CellNumber[],
  title: string | undefined,
  scale: number,
  onPicture: (cell: ComparisonCell, box: Box) => void = () => undefined,
): Page {
  const { cells, size, model, prompt } = comparison;
  const done = cells.length < size ? `${cells.length} of ${size} cells are done` : `${size} cells`;
  const fixed = comparison.axes.filter(({ values }) => values.length === 1).map(({ option, labels }) => `${axisName(option)} ${labels[0]}`);
  const header = {
    title: title ?? `“${prompt}”`,
    facts: [model, done, ...fixed, `below each: ${numbers.map((name) => numberNames[name]).join(', ')}`],
  };
  const best = new Map(numbers.map((number) => [number, cells.length > 1 ? comparison.sortedBy(number)[0] : undefined]));
  return drawFigure(
    header,
    gridsOf(comparison).map((grid) => gridSection(grid, stills, numbers, best, onPicture)),
    scale,
  );
}

function gridSection(
  { heading, columns, rows, cellAt }: Grid,
  stills: Stills,
  numbers: readonly CellNumber[],
  best: ReadonlyMap<CellNumber, ComparisonCell | undefined>,
  onPicture: (cell: ComparisonCell, box: Box) => void,
): Section {
  const room = (figureWidth - 2 * margin - ROW_NAMES) / columns.labels.length - CELL.gap;
  const width = Math.max(CELL.least, Math.min(CELL.most, room));
  const [first] = stills.values();
  const height = first ? (width * first.height) / first.width : width;
  const row = height + numbers.length * LINE + 18;
  return {
    height: HEAD + rows.labels.length * row,
    width: 2 * margin + ROW_NAMES + columns.labels.length * (width + CELL.gap),
    draw(page, top) {
      drawHeading(page, heading, '', top);
      columns.labels.forEach((label, x) => {
        const left = margin + ROW_NAMES + x * (width + CELL.gap);
        page.text(`${axisName(columns.option)} ${label}`, left + width / 2, top + HEAD - 10, {
          size: 11.5,
          bold: true,
          align: 'centre',
          maxWidth: width,
        });
      });
      rows.labels.forEach((label, y) => {
        const above = top + HEAD + y * row;
        page.text(label, margin, above + 14, { size: 12, bold: true, colour: ink, maxWidth: ROW_NAMES - 10 });
        page.text(axisName(rows.option), margin, above + 29, { size: 10.5, colour: faintInk, maxWidth: ROW_NAMES - 10 });
        columns.labels.forEach((_, x) => {
          const box = { x: margin + ROW_NAMES + x * (width + CELL.gap), y: above, width, height };
          const cell = cellAt(x, y);
          const still = cell && stills.get(cell);
          if (!cell || !still) return drawMissing(page, box);
          page.picture(still, box);
          onPicture(cell, box);
          numbers.forEach((number, line) => drawNumber(page, box, cell, number, line, best.get(number) === cell));
        });
      });
    },
  };
}

function drawMissing(page: Page, box: Box): void {
  page.rect(box, { colour: emptyGround });
  page.text('not yet', box.x + box.width / 2, box.y + box.height / 2 + 4, { size: 11, colour: faintInk, align: 'centre' });
}

/** A number under its cell; the best of all cells stands out. */
function drawNumber(
  page: Page,
  { x, y, width, height }: Box,
  cell: ComparisonCell,
  number: CellNumber,
  line: number,
  isBest: boolean,
): void {
  const base = y + height + (line + 1) * LINE;
  const style = { size: 11, bold: isBest, colour: isBest ? lineColours[0]! : ink };
  page.text(numberNames[number], x, base, { size: 10, colour: faintInk, maxWidth: width * 0.6 });
  page.text(numberText(numberOf(cell, number)), x + width, base, { ...style, align: 'right' });
}
