// npm run eval:presets [-- --json] [--model FOLDER] [--judge FOLDER] [--prompts N] [--edits N] [--steps 6,12,20] [--schedulers ddim,dpmpp_2m,unipc]
// Measures what `quality` could stand for: samplers and steps over held-out prompts and clips, against a long run from the same seed.
// Interrupted (Ctrl+C), it prints what it has measured so far.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type CompareOptions, compareSchedulers, type ComparisonCell, type Frame, LatentDiffusionModel, Video } from '../src/index.js';
import { type Attributes, type HeldOutClip, readHeldOut } from './heldOut.js';
import { canBeAsked, Judge, judged } from './judge.js';
import { mean } from './mean.js';

/** The run whose result the others should have come to. */
const REFERENCE = { steps: 60, scheduler: 'dpmpp_2m' };
/** Kinds of edits, one after the other over the clips. */
const CHANGES = ['subject', 'colour', 'background'] as const;

/** What one candidate made of one prompt. */
interface Measured {
  candidate: string;
  /** Root mean square difference of pixels to the long run, 0 … 1. */
  distance: number;
  /** The model's own reading of how well the clip shows the prompt, 0 … 1. */
  alignment: number;
  /** Share of what was asked for that the judge reads. */
  judged: number;
  /** Calls of the UNet. */
  calls: number;
}

/** A candidate over all prompts. */
export interface CandidateScores extends Measured {
  /** Distance of the prompt that came out worst. */
  worstDistance: number;
  /** Prompts measured. */
  n: number;
}

/** What a clip is to show. */
type Asked = Attributes & { readonly caption: string };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      model: { type: 'string', default: 'motion-stickers' },
      judge: { type: 'string', default: path.join(__dirname, 'judge') },
      prompts: { type: 'string', default: '6' },
      edits: { type: 'string', default: '6' },
      steps: { type: 'string', default: '6,12,20' },
      schedulers: { type: 'string', default: 'ddim,dpmpp_2m,unipc' },
      'edit-steps': { type: 'string', default: '10,20' },
      'edit-schedulers': { type: 'string', default: 'ddim,dpmpp_2m' },
    },
  });
  const candidates = { schedulers: values.schedulers.split(','), steps: values.steps.split(',').map(Number) };
  const ofEdits = { schedulers: values['edit-schedulers'].split(','), steps: values['edit-steps'].split(',').map(Number) };
  const { prompts, clips } = await readHeldOut();
  const judge = await Judge.load(values.judge);
  const model = await LatentDiffusionModel.fromPretrained(values.model);
  const calls = countCalls(model);
  const folder = await mkdtemp(path.join(tmpdir(), 'frameloom-presets-'));
  const measured: { generate: Measured[]; edit: Measured[] } = { generate: [], edit: [] };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const compared = async (purpose: 'generate' | 'edit', input: Video | undefined, asked: Asked, options: CompareOptions) => {
    const all = { ...options, folder, signal: stop.signal, onNotice: () => undefined };
    // The long run first: where it is kept, it counts in no cell.
    await compareSchedulers(model, input, asked.caption, { ...all, schedulers: [REFERENCE.scheduler], steps: [REFERENCE.steps] }).finish();
    const cells: Measured[] = [];
    let before = calls();
    for await (const cell of compareSchedulers(model, input, asked.caption, { ...all, reference: REFERENCE })) {
      cells.push(await measuredCell(cell, judge, asked, calls() - before));
      before = calls();
    }
    measured[purpose].push(...cells);
    tell(`${purpose} ${asked.caption}: ${cells.map(({ candidate, distance }) => `${candidate} ${distance.toFixed(4)}`).join('; ')}`);
  };
  const [described, drawn] = [spread(prompts, Number(values.prompts)), spread(clips, Number(values.edits))];
  try {
    for (let seed = 0; seed < Math.max(described.length, drawn.length); seed++) {
      const [asked, clip] = [described[seed], drawn[seed]];
      if (asked) await compared('generate', undefined, asked, { ...candidates, seeds: [seed] });
      if (!clip) continue;
      const edit = wantedEdit(clip, seed);
      const source = await Video.fromFrames(clip.frames, { fps: 8 });
      const options = { ...ofEdits, seeds: [seed], options: { sourcePrompt: clip.caption } };
      await compared('edit', source, { ...clip, [edit.changes]: edit.to, caption: edit.caption }, options);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await model.release();
    await rm(folder, { recursive: true, force: true });
  }
  const result = { generate: scoresOf(measured.generate), edit: scoresOf(measured.edit) };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [purpose, scores] of Object.entries(result)) printScores(purpose, scores);
}

/** Counts the UNet's calls from now on. */
function countCalls({ unet }: LatentDiffusionModel): () => number {
  let count = 0;
  for (const name of ['predict', 'predictTapped'] as const) {
    const call = unet[name].bind(unet) as (...args: unknown[]) => unknown;
    Object.assign(unet, { [name]: (...args: unknown[]) => (count++, call(...args)) });
  }
  return () => count;
}

async function measuredCell({ labels, metrics, video }: ComparisonCell, judge: Judge, asked: Attributes, calls: number): Promise<Measured> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  const read = await judge.read(frames);
  const right = judged.filter((name) => canBeAsked(asked, name)).map((name) => Number(read[name] === asked[name]));
  return {
    candidate: `${labels.scheduler}, ${labels.numInferenceSteps} steps`,
    distance: metrics.distance!,
    alignment: metrics.promptAlignment ?? NaN,
    judged: mean(right),
    calls,
  };
}

function wantedEdit(clip: HeldOutClip, index: number): HeldOutClip['edits'][number] {
  const wanted = CHANGES[index % CHANGES.length];
  return clip.edits.find(({ changes }) => changes === wanted) ?? clip.edits[0]!;
}

/** So many of a list, at even distances. */
function spread<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

function scoresOf(all: readonly Measured[]): CandidateScores[] {
  return [...new Set(all.map(({ candidate }) => candidate))].map((candidate) => {
    const own = all.filter((measured) => measured.candidate === candidate);
    const meanOf = (name: 'distance' | 'alignment' | 'judged' | 'calls') => Number(mean(own.map((each) => each[name])).toPrecision(4));
    return {
      candidate,
      n: own.length,
      distance: meanOf('distance'),
      worstDistance: Number(Math.max(...own.map(({ distance }) => distance)).toPrecision(4)),
      alignment: meanOf('alignment'),
      judged: meanOf('judged'),
      calls: meanOf('calls'),
    };
  });
}

function printScores(purpose: string, scores: readonly CandidateScores[]): void {
  if (scores.length === 0) return;
  console.log(`${purpose}: mean of ${scores[0]!.n}, distance to ${REFERENCE.steps} steps of ${REFERENCE.scheduler}`);
  console.table(
    Object.fromEntries(
      scores.map(({ candidate, n: _, distance, worstDistance, alignment, judged: share, calls }) => [
        candidate,
        { distance, 'worst distance': worstDistance, alignment, judged: share, 'UNet calls': calls },
      ]),
    ),
  );
}

void main();
