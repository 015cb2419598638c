import { ArgumentError, type Frame } from '../core/index.js';
import {
  type Caption,
  captionHeight,
  captionWidth,
  drawCaptions,
  drawPicture,
  faintColour,
  fitCaption,
  paperColour,
  plainFrame,
} from './canvas.js';
import { placePicture } from './geometry.js';
import { checkVideoOptions } from './optionChecks.js';
import { PictureScaler } from './pictureScaler.js';
import { encodePng } from './png.js';
import type { Video } from './video.js';
import type { ContactSheetOptions } from './videoOptions.js';

const margin = 12;
const gap = 4;

/**
 * One picture that shows whole clips: evenly spaced frames, one row (or `rows`) per clip, under each
 * other at the same moments, with captions and times, so that an edit can be judged at a glance.
 *
 * @returns a PNG file.
 * @throws ArgumentError for no clips or counts that are not positive, and what reading throws.
 */
export async function contactSheet(videos: Video | readonly Video[], options: ContactSheetOptions = {}): Promise<Buffer> {
  return encodePng(await drawContactSheet(videos, options));
}

/** The picture of {@link contactSheet} as a frame. */
export async function drawContactSheet(videos: Video | readonly Video[], options: ContactSheetOptions = {}): Promise<Frame> {
  checkVideoOptions.contactSheet(options);
  const clips = Array.isArray(videos) ? (videos as readonly Video[]) : [videos as Video];
  const first = clips[0];
  if (!first) throw new ArgumentError('videos', '[]', 'at least one video');
  const rows = count('rows', options.rows ?? 1);
  const longest = Math.max(...clips.map((clip) => clip.frameCount ?? 8));
  const columns = count('columns', options.columns ?? Math.min(8, longest));
  const cellHeight = count('cellHeight', options.cellHeight ?? Math.min(192, Math.max(96, first.height)));
  const cellWidth = Math.max(...clips.map((clip) => Math.max(24, Math.round((clip.width * cellHeight) / clip.height))));
  const rowHeight = captionHeight + rows * (cellHeight + captionHeight) + 2 * gap;
  const sheet = plainFrame(2 * margin + columns * (cellWidth + gap) - gap, 2 * margin + clips.length * rowHeight - gap, paperColour);
  const captions: Caption[] = [];
  for (const [index, clip] of clips.entries()) {
    const top = margin + index * rowHeight;
    const label = options.labels?.[index] ?? clip.info?.path.split(/[\\/]/).at(-1) ?? `clip ${index + 1}`;
    captions.push(...headline(label, clip, { top, width: sheet.width }));
    const times = await drawFrames(sheet, clip, { top: top + captionHeight, columns, rows, cellWidth, cellHeight }, options.signal);
    captions.push(...times);
  }
  drawCaptions(sheet, captions);
  return sheet;
}

/** What a clip is called, and its facts where there is room for both. */
function headline(label: string, clip: Video, line: { top: number; width: number }): Caption[] {
  const facts = `${clip.frameCount ?? '?'} frames, ${short(clip.duration)} s, ${short(clip.fps)} fps, ${clip.width} × ${clip.height}`;
  const width = line.width - 2 * margin;
  const room = width - captionWidth(facts) - 18;
  const y = line.top + 4;
  if (room <= 90) return [{ text: fitCaption(label, width), x: margin, y }];
  return [
    { text: fitCaption(label, room), x: margin, y },
    { text: facts, x: line.width - margin - captionWidth(facts), y, colour: faintColour },
  ];
}

interface Grid {
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** @returns the frames' times, which stand below them. */
async function drawFrames(sheet: Frame, clip: Video, grid: Grid, signal: AbortSignal | undefined): Promise<Caption[]> {
  const { columns, rows, cellWidth, cellHeight } = grid;
  const place = placePicture(clip, { width: cellWidth, height: cellHeight, fit: 'contain' });
  const scaler = new PictureScaler(clip, { ...place, size: place.scaled, x: 0, y: 0 });
  const wanted = spread(clip.frameCount ?? 1, columns * rows);
  const times: Caption[] = [];
  let cell = 0;
  for await (const { frame, index } of pick(clip, wanted, signal)) {
    const x = margin + (cell % columns) * (cellWidth + gap);
    const y = grid.top + Math.floor(cell / columns) * (cellHeight + captionHeight);
    drawPicture(sheet, scaler.scale(frame), x + place.x, y + place.y);
    times.push({ text: fitCaption(`${(index / clip.fps).toFixed(2)} s`, cellWidth), x, y: y + cellHeight + 2, colour: faintColour });
    cell++;
  }
  return times;
}

/** `cells` moments from the first frame to the last; every frame once when there are fewer. */
function spread(frames: number, cells: number): number[] {
  if (frames <= cells) return Array.from({ length: frames }, (_, index) => index);
  return Array.from({ length: cells }, (_, cell) => Math.round((cell * (frames - 1)) / Math.max(1, cells - 1)));
}

/** Frames close together are picked out of one pass; far apart, each is sought. */
async function* pick(
  clip: Video,
  wanted: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ frame: Frame; index: number }> {
  const last = wanted.at(-1) ?? 0;
  if (last / wanted.length > 48) {
    for (const index of wanted) yield { frame: await clip.frame(index, signal), index };
    return;
  }
  const chosen = new Set(wanted);
  let index = 0;
  for await (const frame of clip.frames({ end: last + 1, signal })) {
    if (chosen.has(index)) yield { frame, index };
    index++;
  }
}

function count(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 4096) throw new ArgumentError(name, value, 'a whole number of at least 1');
  return value;
}

function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
