import { ambientSignal } from '../../pipeline/core/index.js';
import { betterEnd, type Comparison, type ComparisonCell, numberOf } from '../../pipeline/experiments/index.js';
import { placePicture, PictureScaler, type Video } from '../../pipeline/video/index.js';
import type { CellLayoutPayload, ClipPayload, ComparisonCellPayload, ComparisonPayload } from '../../shared/outputs/index.js';
import { numberNames } from '../../shared/figures/numberNames.js';
import { pictureAtlas } from '../run/atlas.js';
import { spread } from '../run/figure.js';
import { fileFor, type SideFolder } from '../sideFolder.js';
import { axisName, gridAxes, measuredNumbers } from './grids.js';

/** Longest side of a frame in a cell's sheet, in pixels, and frames that are shown of a long clip. */
const TILE = 160;
const MOST_TILES = 48;

/** What a comparison is about to do, or that it is at rest. */
export type ComparisonMoment = Pick<ComparisonPayload, 'state' | 'stage' | 'fraction' | 'secondsLeft' | 'running'>;

/** How a comparison is named to the renderer. */
export interface ComparisonName {
  readonly runId: string;
  readonly title?: string | undefined;
}

/** Files of cells that were written: a comparison is stored anew with each cell that comes. */
const written = new WeakMap<ComparisonCell, Map<string, Promise<CellFiles>>>();
interface CellFiles extends Pick<ComparisonCellPayload, 'sheet' | 'clip'> {
  readonly layout: CellLayoutPayload;
}

/** A comparison as the renderer draws it. Sheets and clips of its cells go into the side folder. @throws what reading a clip throws. */
export async function comparisonPayload(
  comparison: Comparison,
  { runId, title }: ComparisonName,
  moment: ComparisonMoment,
  side: SideFolder,
): Promise<ComparisonPayload> {
  const { axes, cells, prompt, model, size, input, code } = comparison;
  const [rows, columns] = gridAxes(axes);
  const keys = measuredNumbers(comparison);
  const layouts: CellLayoutPayload[] = [];
  const payloads: ComparisonCellPayload[] = [];
  for (const cell of cells) {
    const { sheet, clip, layout } = await filesOf(cell, side);
    const known = layouts.findIndex((other) => JSON.stringify(other) === JSON.stringify(layout));
    const numbers = keys.map((key) => jsonNumber(numberOf(cell, key)));
    payloads.push({ place: cell.place, numbers, layout: known < 0 ? layouts.push(layout) - 1 : known, sheet, clip });
  }
  return {
    type: 'comparison',
    runId,
    title,
    prompt,
    model,
    ...moment,
    size,
    axes: axes.map(({ option, labels }, i) => ({ option, name: axisName(option), labels, code: code.axes[i]! })),
    rows,
    columns,
    numbers: keys.map((key) => ({ key, name: numberNames[key], better: betterEnd(key) })),
    code: { before: code.before, common: code.common, after: code.after },
    layouts,
    cells: payloads,
    source: input && (await sourceOf(input, side)),
  };
}

function filesOf(cell: ComparisonCell, side: SideFolder): Promise<CellFiles> {
  const byFolder = written.get(cell) ?? new Map<string, Promise<CellFiles>>();
  written.set(cell, byFolder);
  const files = byFolder.get(side.folder) ?? writeFiles(cell.video, side);
  byFolder.set(side.folder, files);
  // What failed is tried again.
  files.catch(() => byFolder.delete(side.folder));
  return files;
}

async function writeFiles(video: Video, side: SideFolder): Promise<CellFiles> {
  const { width, height, fps } = video;
  const frames = video.frameCount ?? Math.max(1, Math.round(video.duration * fps));
  const shown = new Set(spread(frames, MOST_TILES));
  const scale = Math.min(1, TILE / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const scaler = new PictureScaler(video, placePicture(video, { ...size, fit: 'fill' }));
  const tiles = [];
  let at = 0;
  for await (const frame of video.frames()) if (shown.has(at++)) tiles.push(scaler.scale(frame));
  const { path, columns, tileWidth, tileHeight } = await pictureAtlas('cell', [tiles], [''], side, { small: true });
  const clip = await fileFor(video, side);
  return {
    layout: { width, height, fps, frames, tiles: tiles.length, columns, tileWidth, tileHeight },
    sheet: { path: path! },
    clip: { path: clip! },
  };
}

async function sourceOf(video: Video, side: SideFolder): Promise<ClipPayload> {
  const { width, height, fps, duration } = video;
  return {
    path: await fileFor(video, side, ambientSignal()),
    title: 'Source',
    width,
    height,
    fps,
    duration,
    frames: video.frameCount ?? Math.max(1, Math.round(duration * fps)),
    hasAudio: video.sound !== undefined,
  };
}

function jsonNumber(value: number | undefined): number | 'infinity' | null {
  if (value === Infinity) return 'infinity';
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(6));
}
