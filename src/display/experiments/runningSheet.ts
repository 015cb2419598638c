import type { Frame } from '../../pipeline/core/index.js';
import {
  type ComparedCells,
  type ComparisonCell,
  type ComparisonSheetOptions,
  type SheetDrawer,
} from '../../pipeline/experiments/index.js';
import { drawPicture, placePicture, PictureScaler } from '../../pipeline/video/index.js';
import type { Box } from '../drawing/page.js';
import { drawComparison, stillsOf } from './comparisonFigure.js';
import { shownNumbers } from './grids.js';

/** Pixels to a layout unit: of a still and, where there is memory for it, of a video. */
const SCALE = { still: 1.6, video: 1 };
/** Bytes that the frames of all cells may take in memory while a video is made of them. */
const MOST_BYTES = 512 << 20;

/** Draws the files of `comparison.save`. */
export const sheetDrawer: SheetDrawer = {
  async still(comparison, { numbers, title }) {
    return drawComparison(comparison, await stillsOf(comparison), shownNumbers(comparison, numbers), title, SCALE.still).frame;
  },
  frames: runningSheet,
};

/** The sheet of a comparison with every clip running; shorter clips begin again until the longest ends. */
async function* runningSheet(
  comparison: ComparedCells,
  { numbers, title }: ComparisonSheetOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Frame> {
  const stills = await stillsOf(comparison);
  const shown = shownNumbers(comparison, numbers);
  const at = (scale: number) => {
    const boxes = new Map<ComparisonCell, Box>();
    const page = drawComparison(comparison, stills, shown, title, scale, (cell, box) => boxes.set(cell, box));
    return { page, boxes };
  };
  let sheet = at(SCALE.video);
  const bytes = [...sheet.boxes].reduce((sum, [{ video }, box]) => {
    const { width, height } = sheet.page.pixelSize(box);
    return sum + width * height * 3 * (video.frameCount ?? 1);
  }, 0);
  if (bytes > MOST_BYTES) sheet = at(SCALE.video * Math.sqrt(MOST_BYTES / bytes));
  const { page, boxes } = sheet;
  const clips = [];
  for (const [{ video }, box] of boxes) {
    // One after the other: each is read by a process of its own.
    const size = page.pixelSize(box);
    const scaler = new PictureScaler(video, placePicture(video, { ...size, fit: 'fill' }));
    const frames: Frame[] = [];
    for await (const frame of video.frames({ signal })) frames.push(scaler.scale(frame));
    clips.push({ frames, x: Math.round(box.x * page.scale), y: Math.round(box.y * page.scale) });
  }
  const ground = page.frame;
  const length = Math.max(...clips.map(({ frames }) => frames.length));
  for (let index = 0; index < length; index++) {
    const picture: Frame = { ...ground, data: ground.data.slice() };
    for (const { frames, x, y } of clips) drawPicture(picture, frames[index % frames.length]!, x, y);
    yield picture;
  }
}
