// npm run eval:methods -- [--json] [--model FOLDER] [--judge FOLDER] [--edits N] [--changes effect,background] [--to snow,fog] [--candidates JSON]
// Measures which editing method does best for each kind of change: what `editing.json` of a model is written from. Effects are told apart by
// what they are, other changes are of one kind. Interrupted (Ctrl+C), it prints what it has measured so far.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EditVideoOptions, LatentDiffusionModel, Video } from '../src/index.js';
import { judgeEdit, type Outcome } from './edits.js';
import { type Change, type HeldOutClip, readHeldOut, type WantedEdit } from './heldOut.js';
import { Judge } from './judge.js';
import { grown } from './looks.js';
import { mean } from './mean.js';

/** Pixels of the model that a place of the latents stands for. */
const LATENT_CELL = 8;

/** Options of `editVideo` that are compared; none: the default. `masked`: within the sticker's true mask and a cell of the latents around it. */
type Candidate = EditVideoOptions & { method?: string; masked?: boolean };

/** What is compared where nobody says: the default, and those whose papers promise the most for such a change. */
const CANDIDATES: Readonly<Record<Change, readonly Candidate[]>> = {
  effect: [
    {},
    { method: 'sdedit', strength: 0.5 },
    { method: 'flowedit', strength: 0.7 },
    { method: 'flowedit', strength: 0.7, keepShapes: true },
    { method: 'infedit', strength: 0.7 },
    { method: 'channels', latentChannels: '4' },
    { method: 'ddpm-inversion' },
    { method: 'prompt-to-prompt' },
    { method: 'plug-and-play' },
  ],
  background: [{}, { method: 'sdedit', strength: 0.9 }, { method: 'flowedit', strength: 0.9 }, { method: 'prompt-to-prompt' }],
  subject: [
    {},
    { method: 'sdedit', strength: 0.9 },
    { method: 'flowedit', strength: 0.9 },
    { method: 'prompt-to-prompt' },
    { method: 'plug-and-play' },
    { method: 'sdedit', strength: 1, masked: true },
    { method: 'repaint', masked: true },
  ],
  colour: [
    {},
    { method: 'flowedit', strength: 0.7 },
    { method: 'flowedit', strength: 0.7, keepShapes: true },
    { method: 'prompt-to-prompt' },
  ],
};

/** One candidate over the edits of one kind. */
export interface MethodScores {
  /** `subject`, `colour`, `background`, or the effect's name. */
  kind: string;
  /** The options. */
  candidate: string;
  /** What the default chose, where the candidate is the default. */
  chosen: string;
  /** Edits measured. */
  n: number;
  /** Share of them in which the judge reads what was asked for; then what else was to stay, the motion, and the structure (`looks.ts`), each 0…1. */
  reached: number;
  stayed: number;
  motion: number;
  structure: number;
  /** Flicker outside the sticker in 8-bit levels, of drawn clips about .3 (`looks.ts`); NaN where snow or rain falls. */
  flicker: number;
  /** What they are chosen by: the share reached, times the mean of the three that say what was kept. */
  score: number;
  /** Mean seconds of an edit. */
  seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      model: { type: 'string', default: 'motion-stickers' },
      judge: { type: 'string', default: path.join(__dirname, 'judge') },
      edits: { type: 'string', default: '4' },
      changes: { type: 'string', default: 'effect,background,subject' },
      to: { type: 'string' },
      candidates: { type: 'string' },
    },
  });
  const { clips } = await readHeldOut();
  const judge = await Judge.load(values.judge);
  const model = await LatentDiffusionModel.fromPretrained(values.model);
  let stopped = false;
  process.once('SIGINT', () => (stopped = true));
  const scores: MethodScores[] = [];
  for (const [kind, wanted] of kindsOf(clips, values.changes.split(',') as Change[], values.to?.split(','))) {
    const given = values.candidates && (JSON.parse(values.candidates) as Candidate[]);
    for (const candidate of given || CANDIDATES[wanted[0]!.edit.changes]) {
      const outcomes: Outcome[] = [];
      for (const [seed, { clip, edit }] of wanted.slice(0, Number(values.edits)).entries()) {
        if (stopped) break;
        const { masked, ...options } = candidate;
        const mask = masked ? await stickerOf(clip) : undefined;
        outcomes.push(await judgeEdit(model, judge, clip, edit, { ...options, ...(mask && { mask }), sourcePrompt: clip.caption, seed }));
      }
      if (outcomes.length === 0) break;
      scores.push(scoreOf(kind, candidate, outcomes));
      if (!values.json) console.log(lineOf(scores.at(-1)!));
    }
  }
  await model.release();
  if (values.json) process.stdout.write(`${JSON.stringify(scores)}\n`);
  else for (const kind of new Set(scores.map((each) => each.kind))) console.log(`best for ${kind}: ${bestOf(kind, scores)}`);
}

/** The sticker and a cell of the latents around it, in white. */
function stickerOf({ frames, masks }: HeldOutClip): Promise<Video> {
  const { width, height } = frames[0]!;
  const white = masks.map((mask) => {
    const area = grown(mask, width, LATENT_CELL);
    return { width, height, data: Uint8Array.from({ length: 3 * area.length }, (_, i) => 255 * area[Math.floor(i / 3)]!) };
  });
  return Video.fromFrames(white, { fps: 8 });
}

/** The edits of each kind. */
function kindsOf(
  clips: readonly HeldOutClip[],
  changes: readonly Change[],
  to: readonly string[] | undefined,
): Map<string, { clip: HeldOutClip; edit: WantedEdit }[]> {
  const kinds = new Map<string, { clip: HeldOutClip; edit: WantedEdit }[]>();
  for (const change of changes)
    for (const clip of clips)
      for (const edit of clip.edits) {
        if (edit.changes !== change || (to && !to.includes(edit.to))) continue;
        const kind = change === 'effect' || to ? edit.to : change;
        kinds.set(kind, [...(kinds.get(kind) ?? []), { clip, edit }]);
      }
  return kinds;
}

function scoreOf(kind: string, candidate: Candidate, outcomes: readonly Outcome[]): MethodScores {
  const over = (of: (outcome: Outcome) => number | undefined): number =>
    mean(outcomes.map(of).filter((value): value is number => value !== undefined && !Number.isNaN(value)));
  const reached = over(({ reached }) => Number(reached));
  const kept = {
    stayed: over(({ stayed }) => stayed),
    motion: over(({ motionKept }) => (motionKept === undefined ? undefined : Number(motionKept))),
    structure: over(({ structure }) => structure),
  };
  const score = reached * mean(Object.values(kept).filter((value) => !Number.isNaN(value)));
  const flicker = over(({ still }) => still?.made);
  const name = Object.keys(candidate).length === 0 ? 'default' : JSON.stringify(candidate);
  const chosen = [...new Set(outcomes.map(({ method }) => method))].join(', ');
  return { kind, candidate: name, chosen, n: outcomes.length, reached, ...kept, flicker, score, seconds: over(({ seconds }) => seconds) };
}

function bestOf(kind: string, scores: readonly MethodScores[]): string {
  const { candidate, chosen, score } = scores
    .filter((each) => each.kind === kind)
    .reduce((best, each) => (each.score > best.score ? each : best));
  return `${candidate} (${chosen}), ${score.toFixed(2)}`;
}

function lineOf({ kind, candidate, chosen, n, reached, stayed, motion, structure, flicker, score, seconds }: MethodScores): string {
  const share = (value: number) => value.toFixed(2);
  return `${kind}, ${candidate} (${chosen}), ${n} edits: reached ${share(reached)}, others kept ${share(stayed)}, motion ${share(motion)}, structure ${share(structure)}, flicker ${share(flicker)} levels; score ${share(score)}; ${seconds.toFixed(1)} s`;
}

void main();
