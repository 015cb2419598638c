import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Frame, Video } from '../src/index.js';
import { Graph } from '../src/pipeline/networks/graph.js';
import { framesToTensor } from '../src/pipeline/networks/pixels.js';
import type { Attributes } from './heldOut.js';
import { mean } from './mean.js';

/** Attributes that the judge reads and the evaluation counts. */
export const judged = ['subject', 'colour', 'background', 'effect', 'motion'] as const;

/** One of {@link judged}. */
export type Judged = (typeof judged)[number];

/** What the judge looks at. */
const SEEN = { frames: 8, side: 128 };

/**
 * The network that says what a clip shows, trained by `training/train_judge.py` on drawn clips alone.
 *
 * `model.onnx` takes `clip [batch, 8, 3, 128, 128]` in −1…1; `labels.json` names its logits.
 */
export class Judge {
  private constructor(
    private readonly graph: Graph,
    private readonly labels: Readonly<Record<string, readonly string[]>>,
  ) {}

  /** Loads `model.onnx` and `labels.json` of a folder. */
  static async load(folder: string): Promise<Judge> {
    const labels = JSON.parse(await readFile(path.join(folder, 'labels.json'), 'utf8')) as Record<string, string[]>;
    return new Judge(await Graph.load(path.join(folder, 'model.onnx')), labels);
  }

  /** The likeliest label of every attribute; of a longer clip eight frames are looked at, of another size the whole picture, scaled. */
  async read(frames: readonly Frame[]): Promise<Attributes> {
    const clip = framesToTensor(await fitted(frames));
    const { logits } = await this.graph.run({ clip: clip.reshape([1, ...clip.dims]) });
    let at = 0;
    const read = Object.entries(this.labels).map(([name, labels]) => {
      const row = logits!.data.subarray(at, (at += labels.length));
      return [name, labels[row.indexOf(Math.max(...row))]!];
    });
    return Object.fromEntries(read) as Attributes;
  }
}

/** The frames as the judge wants them: as many, evenly chosen, and as large. */
async function fitted(frames: readonly Frame[]): Promise<Frame[]> {
  const chosen = Array.from({ length: SEEN.frames }, (_, i) => frames[Math.round((i * (frames.length - 1)) / (SEEN.frames - 1))]!);
  if (chosen.every(({ width, height }) => width === SEEN.side && height === SEEN.side)) return chosen;
  const scaled = await (await Video.fromFrames(chosen, { fps: 8 })).resize({ width: SEEN.side, height: SEEN.side, fit: 'fill' });
  const out: Frame[] = [];
  for await (const frame of scaled.frames()) out.push(frame);
  return out;
}

/**
 * Whether an attribute can be asked of a clip: a subject's own colour and the lack of an effect are not counted, nor are
 * colours under a look that has none.
 */
export function canBeAsked(attributes: Attributes, name: Judged): boolean {
  if (name === 'colour') return attributes.colour !== 'natural' && !['gray', 'sepia'].includes(attributes.effect);
  return name !== 'effect' || attributes.effect !== 'none';
}

/** Shares of right answers by attribute; `pairs` are what is asked for and what was read. */
export function sharesRight(pairs: readonly { asked: Attributes; read: Attributes }[]): Record<Judged, number> {
  const share = (name: Judged) => {
    const counted = pairs.filter(({ asked }) => canBeAsked(asked, name));
    return mean(counted.map(({ asked, read }) => Number(read[name] === asked[name])));
  };
  return Object.fromEntries(judged.map((name) => [name, share(name)])) as Record<Judged, number>;
}

/** The share of the clips of which no effect is asked in which none is read: what `effect`, which counts only those asked for, can't see. */
export function shareWithoutEffect(pairs: readonly { asked: Attributes; read: Attributes }[]): number {
  return mean(pairs.filter(({ asked }) => asked.effect === 'none').map(({ read }) => Number(read.effect === 'none')));
}

/** The best that guessing without looking can do: the share of the most frequent of the answers asked for. */
export function chance(all: readonly Attributes[]): Record<Judged, number> {
  const share = (name: Judged) => {
    const asked = all.filter((attributes) => canBeAsked(attributes, name)).map((attributes) => attributes[name]);
    return Math.max(...asked.map((answer) => asked.filter((other) => other === answer).length)) / asked.length;
  };
  return Object.fromEntries(judged.map((name) => [name, share(name)])) as Record<Judged, number>;
}
