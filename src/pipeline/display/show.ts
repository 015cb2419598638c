import { ambientSignal } from '../ambient.js';
import { ArgumentError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { Video } from '../video/index.js';
import { sourceOf } from './madeFrom.js';
import type { Bundle } from './payloads.js';
import { displaySink } from './sink.js';
import type { DisplaySink } from './sink.js';
import { tensorBundle } from './tensorBundle.js';
import { readable, treeBundle } from './treeBundle.js';
import { describeVideo, videoBundle } from './videoBundle.js';

/** How a value is shown. */
export interface ShowOptions {
  /** What to call it. */
  title?: string;
  /** For a clip: what it was made from, to look at side by side. An edit knows its source by itself. */
  source?: Video;
}

/**
 * Shows a value where this code runs: in a notebook a clip gets a player (beside its source, when it is an edit), a
 * tensor its shape, range and picture, anything else an expandable tree; in a terminal a line of text.
 *
 * @throws what reading a clip's frames throws, and AbortError when the cell is interrupted meanwhile.
 */
export async function show(value: unknown, options: ShowOptions = {}): Promise<void> {
  const sink = displaySink();
  const bundle = await bundleOf(value, options, sink);
  const id = value instanceof Video && value.provenance ? takeFinishedPreview?.() : undefined;
  if (id === undefined) sink.display(bundle);
  else sink.update(id, bundle);
}

/** Shows two clips side by side with linked controls and a wipe: the same as `show(after, { source: before })`. */
export async function compare(before: Video, after: Video, options: Omit<ShowOptions, 'source'> = {}): Promise<void> {
  for (const [name, clip] of [['before', before], ['after', after]] as const) {
    if (!(clip instanceof Video)) throw new ArgumentError(name, clip, 'a Video');
  }
  await show(after, { ...options, source: before });
}

/** The forms in which a value is shown. */
export function bundleOf(value: unknown, { title, source }: ShowOptions = {}, sink: DisplaySink = displaySink()): Bundle | Promise<Bundle> {
  if (value instanceof Video) return videoBundle(value, { title, source: source ?? sourceOf(value), sideFolder: sink.sideFolder, signal: ambientSignal() });
  if (value instanceof Tensor) return tensorBundle(value, { title });
  return treeBundle(value, title);
}

/** A value on one line of at most 120 characters. */
export function summaryOf(value: unknown): string {
  const text = value instanceof Video ? describeVideo(value) : value instanceof Tensor ? value.toString() : readable(value);
  return text.replace(/\s+/g, ' ').slice(0, 120);
}

let takeFinishedPreview: (() => string | undefined) | undefined;

/** Lets finished clips take the place of the live preview of the run that made them. */
export function setFinishedPreview(take: (() => string | undefined) | undefined): void {
  takeFinishedPreview = take;
}
