import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Frame, Video } from '../src/index.js';

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

/** Files of drawn clips begin with this, and every clip in them has so many frames. */
const drawnClips = { usual: { prefix: '', frames: 8 }, long: { prefix: 'long-', frames: 24 } };

/** Where `training/test_clips.py` puts the held-out clips. */
export const heldOutFolder = path.join(__dirname, 'held-out');

/** The prompts, and the clips that were drawn for the first of them: those of the model's own length, or long ones. */
export async function readHeldOut(kind: keyof typeof drawnClips = 'usual'): Promise<{ prompts: HeldOutPrompt[]; clips: HeldOutClip[] }> {
  const prompts = JSON.parse(await readFile(path.join(heldOutFolder, 'clips.json'), 'utf8')) as (HeldOutPrompt & {
    edits?: WantedEdit[];
  })[];
  const { prefix, frames: each } = drawnClips[kind];
  const frames = await readFrames(`${prefix}clips.mkv`);
  const masks = (await readFrames(`${prefix}masks.mkv`)).map(({ data }) =>
    Uint8Array.from({ length: data.length / 3 }, (_, pixel) => (data[3 * pixel]! > 127 ? 1 : 0)),
  );
  const drawn = prompts.flatMap((prompt) => (prompt.edits ? [{ ...prompt, edits: prompt.edits }] : [])).slice(0, frames.length / each);
  if (frames.length !== drawn.length * each || masks.length !== frames.length) {
    throw new Error(
      `${heldOutFolder}: clips.json lists ${drawn.length} drawn clips of ${each} frames, but ${prefix}clips.mkv has ${frames.length} and ${prefix}masks.mkv ${masks.length} frames. Make them together, with training/test_clips.py.`,
    );
  }
  const part = <T>(all: readonly T[], index: number) => all.slice(index * each, (index + 1) * each);
  return { prompts, clips: drawn.map((clip, index) => ({ ...clip, frames: part(frames, index), masks: part(masks, index) })) };
}

async function readFrames(name: string): Promise<Frame[]> {
  const video = await Video.open(path.join(heldOutFolder, name));
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  await video.close();
  return frames;
}
