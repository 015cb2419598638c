import { ambientSignal, checkOptions, type OptionChecks, text, ArgumentError, Tensor } from '../pipeline/core/index.js';
import { MadeVideo, Run, Stages } from '../pipeline/capture/index.js';
import { Comparison, HistoryComparison, HistoryRun, HistoryTable } from '../pipeline/experiments/index.js';
import { Video } from '../pipeline/video/index.js';
import { bundleOfComparison } from './experiments/showComparison.js';
import { historyComparisonBundle, historyRunBundle, tableBundle } from './history/historyBundles.js';
import { galleryOf } from './gallery.js';
import type { Gallery } from './gallery.js';
import type { Bundle } from '../shared/outputs/index.js';
import { isPicture, pictureBundle } from './pictureBundle.js';
import { describeRun } from './run/runBundle.js';
import { bundleOfRun } from './run/showRun.js';
import { displaySink } from './sink.js';
import type { DisplaySink } from './sink.js';
import { tensorBundle } from './tensorBundle.js';
import { readable, treeBundle } from './treeBundle.js';
import { Tuning } from './tuning/tuning.js';
import { videoBundle } from './videoBundle.js';

/** How a value is shown. */
export interface ShowOptions {
  /** What to call it. */
  title?: string;
  /** For a clip: what it was made from, to look at side by side. An edit knows its source by itself. */
  source?: Video;
}

/** So many of the clips and pictures in one value are shown; more would fill the notebook and leave no room for each. */
const MOST_SHOWN = 8;

const showChecks: OptionChecks<ShowOptions> = { title: text, source: (value) => (value instanceof Video ? undefined : 'a Video') };

/** What a cell may store is shared between a clip's player and the views of its run, in characters. */
const ROOM = { player: 78_000, run: 112_000, gallery: 170_000 };

/**
 * Shows a value where this code runs: in a notebook a clip gets a player (beside its source, when it is an edit) and, when
 * its run was captured, the run below it; a run its steps, attention, latents, schedule and stages; `run.stages` the
 * method on one card; runs of a history as a table with their pictures, two of them with what differs marked; a comparison its cells so far as a sheet with their numbers; a tensor its shape, range and picture; the bytes of a PNG, JPEG or GIF file the picture; an array or
 * object of clips and pictures each of them; anything else an expandable tree. In a terminal a line of text.
 *
 * @throws what reading a clip's frames throws, and AbortError when the cell is interrupted meanwhile.
 */
export async function show(value: unknown, options: ShowOptions = {}): Promise<void> {
  checkOptions('show', options, showChecks);
  // A form stands where it was made; as the last value of its cell it is not shown again.
  if (value instanceof Tuning) return;
  const sink = displaySink();
  const gallery = sink.sideFolder && galleryOf(value);
  if (gallery) return showGallery(value, gallery, options, sink);
  const run = value instanceof MadeVideo && sink.sideFolder ? value.run : undefined;
  await display(value, options, sink, run && ROOM.player);
  if (run) sink.display(await bundleOfRun(run, { title: options.title, room: ROOM.run }, sink));
}

async function showGallery(value: unknown, { items, mixed }: Gallery, { title }: ShowOptions, sink: DisplaySink): Promise<void> {
  const shown = items.slice(0, MOST_SHOWN);
  for (const { place, value: item } of shown)
    sink.display(await bundleOf(item, { title: title === undefined ? place : `${title}: ${place}` }, sink, ROOM.gallery / shown.length));
  const left = items.length - shown.length;
  if (left > 0) sink.display({ 'text/plain': `… and ${left} more, from ${items[MOST_SHOWN]!.place} on: show them by themselves.` });
  if (mixed) sink.display(treeBundle(value, title));
}

async function display(value: unknown, options: ShowOptions, sink: DisplaySink, room?: number): Promise<void> {
  const bundle = await bundleOf(value, options, sink, room);
  const id = value instanceof Video && value.provenance ? takeFinishedPreview() : undefined;
  if (id === undefined) sink.display(bundle);
  else sink.update(id, bundle);
}

/** Shows two clips side by side with linked controls and a wipe: the same as `show(after, { source: before })`. */
export async function compare(before: Video, after: Video, options: Omit<ShowOptions, 'source'> = {}): Promise<void> {
  checkOptions('compare', options, { title: text });
  for (const [name, clip] of [
    ['before', before],
    ['after', after],
  ] as const) {
    if (!(clip instanceof Video)) throw new ArgumentError(name, clip, 'a Video');
  }
  await display(after, { ...options, source: before }, displaySink());
}

/** The forms in which a value is shown. @param room characters that a clip's output may take. */
export function bundleOf(
  value: unknown,
  { title, source }: ShowOptions = {},
  sink: DisplaySink = displaySink(),
  room?: number,
): Bundle | Promise<Bundle> {
  if (value instanceof Run) return bundleOfRun(value, { title }, sink);
  if (value instanceof HistoryTable) return tableBundle(value, title, room);
  if (value instanceof HistoryRun) return historyRunBundle(value, title);
  if (value instanceof HistoryComparison) return historyComparisonBundle(value);
  if (value instanceof Comparison) return bundleOfComparison(value, { title, room }, sink);
  if (value instanceof Stages) return bundleOfRun(value.run, { title, views: ['stages'] }, sink);
  if (value instanceof Video)
    return videoBundle(value, {
      title,
      source: source ?? (value instanceof MadeVideo ? value.source : undefined),
      sideFolder: sink.sideFolder,
      signal: ambientSignal(),
      room,
    });
  if (value instanceof Tensor) return tensorBundle(value, { title });
  if (isPicture(value)) return pictureBundle(value, title, room);
  return treeBundle(value, title);
}

/** A value on one line of at most 120 characters. */
export function summaryOf(value: unknown): string {
  const text =
    value instanceof Video || value instanceof Tensor ? value.toString() : value instanceof Run ? describeRun(value) : readable(value);
  return text.replace(/\s+/g, ' ').slice(0, 120);
}

let finishedPreview: (() => string | undefined) | undefined;

/** The output of the live preview of the run that just ended, for what takes its place; undefined where there is none. */
export function takeFinishedPreview(): string | undefined {
  return finishedPreview?.();
}

/** Lets finished clips take the place of the live preview of the run that made them. */
export function setFinishedPreview(take: (() => string | undefined) | undefined): void {
  finishedPreview = take;
}
