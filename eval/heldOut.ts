import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Frame, Video } from '../src/pipeline/index.js';

/** What a clip shows; the names are those of `training/grammar.py`, and the judge's labels. */
export interface Attributes {
  subject: string;
  colour: string;
  background: string;
  effect: string;
  motion: string;
}

/** What an edit changes. */
export type Change = 'subject' | 'colour' | 'background' | 'effect';

/** One edit that a clip is put through. */
export interface WantedEdit {
  /** The one attribute that becomes another. */
  changes: Change;
  /** What it becomes. */
  to: string;
  /** The sentence of the edited clip; nothing else in it differs from the source's. */
  caption: string;
}

/** A description from the held-out list, to generate from. */
export interface HeldOutPrompt extends Attributes {
  /** Its sentence. */
  caption: string;
}

/** A held-out clip that was drawn, to judge and to edit. */
export interface HeldOutClip extends HeldOutPrompt {
  /** The drawn frames. */
  frames: Frame[];
  /** One byte a pixel and frame: 1 where the sticker is. */
  masks: Uint8Array[];
  /** One edit for each attribute that can be changed to be seen. */
  edits: WantedEdit[];
}

/** Frames of every drawn clip. */
const FRAMES = 8;

/** Where `training/test_clips.py` puts the held-out clips. */
export const heldOutFolder = path.join(__dirname, 'held-out');

/** The prompts, and the clips that were drawn for the first of them. */
export async function readHeldOut(): Promise<{ prompts: HeldOutPrompt[]; clips: HeldOutClip[] }> {
  const prompts = JSON.parse(await readFile(path.join(heldOutFolder, 'clips.json'), 'utf8')) as (HeldOutPrompt & { edits?: WantedEdit[] })[];
  const frames = await readFrames('clips.mkv');
  const masks = (await readFrames('masks.mkv')).map(({ data }) => Uint8Array.from({ length: data.length / 3 }, (_, pixel) => (data[3 * pixel]! > 127 ? 1 : 0)));
  const drawn = prompts.flatMap((prompt) => (prompt.edits ? [{ ...prompt, edits: prompt.edits }] : []));
  if (frames.length !== drawn.length * FRAMES || masks.length !== frames.length) {
    throw new Error(`${heldOutFolder}: clips.json lists ${drawn.length} drawn clips of ${FRAMES} frames, but clips.mkv has ${frames.length} and masks.mkv ${masks.length} frames. Make them together, with training/test_clips.py.`);
  }
  const part = <T>(all: readonly T[], index: number) => all.slice(index * FRAMES, (index + 1) * FRAMES);
  return { prompts, clips: drawn.map((clip, index) => ({ ...clip, frames: part(frames, index), masks: part(masks, index) })) };
}

async function readFrames(name: string): Promise<Frame[]> {
  const video = await Video.open(path.join(heldOutFolder, name));
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  await video.close();
  return frames;
}
