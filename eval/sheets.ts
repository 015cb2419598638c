// npm run eval:sheets -- [--model FOLDER] [--out FOLDER]
// Draws the contact sheets of the model's card: twelve generated clips and six edits, the first of the held-out list, none picked.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contactSheet, LatentDiffusionModel, Video } from '../src/index.js';
import { type HeldOutClip, readHeldOut } from './heldOut.js';

const PROMPTS = 12;
const KINDS = ['subject', 'colour', 'background'] as const;
type Kind = (typeof KINDS)[number];
const EDITS: readonly Kind[] = [...KINDS, ...KINDS];
const COLUMNS = 8;
const CELL_HEIGHT = 96;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { model: { type: 'string', default: 'motion-stickers' }, out: { type: 'string', default: 'output' } },
  });
  const model = await LatentDiffusionModel.fromPretrained(values.model);
  const { prompts, clips } = await readHeldOut();
  await mkdir(values.out, { recursive: true });

  const asked = prompts.slice(0, PROMPTS);
  const made: Video[] = [];
  for (const [seed, { caption }] of asked.entries()) made.push(await model.generateVideo(caption, { seed }));
  await writeSheet(
    'generated.png',
    made,
    asked.map(({ caption }) => caption),
  );

  const shown: Video[] = [];
  const labels: string[] = [];
  for (const [index, changes] of EDITS.entries()) {
    const { clip, caption } = nthEdit(clips, changes, Math.floor(index / 3));
    const source = await Video.fromFrames(clip.frames, { fps: model.recommended.fps });
    shown.push(source, await model.editVideo(source, caption, { sourcePrompt: clip.caption, seed: 0 }));
    labels.push(clip.caption, `to: ${caption}`);
  }
  await writeSheet('edits.png', shown, labels);
  await model.release();

  async function writeSheet(name: string, videos: readonly Video[], captions: readonly string[]): Promise<void> {
    const file = path.join(values.out, name);
    await writeFile(file, await contactSheet(videos, { columns: COLUMNS, cellHeight: CELL_HEIGHT, labels: captions }));
    process.stderr.write(`${file}\n`);
  }
}

/** The n-th clip, from 0, that has an edit of this kind; no clip is taken twice, for each kind starts at another one. */
function nthEdit(clips: readonly HeldOutClip[], changes: Kind, n: number): { clip: HeldOutClip; caption: string } {
  const fitting = clips.flatMap((clip) => clip.edits.filter((edit) => edit.changes === changes).map(({ caption }) => ({ clip, caption })));
  return fitting[3 * n + KINDS.indexOf(changes)]!;
}

void main();
