import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from '../src/pipeline/index.js';
import { Graph } from '../src/pipeline/model/graph.js';
import { framesToTensor } from '../src/pipeline/model/pixels.js';
import type { Attributes } from './heldOut.js';

/** Attributes that the judge reads and the evaluation counts. */
export const judged = ['subject', 'colour', 'background', 'effect', 'motion'] as const;

/** One of {@link judged}. */
export type Judged = (typeof judged)[number];

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

  /** The likeliest label of every attribute. */
  async read(frames: readonly Frame[]): Promise<Attributes> {
    const clip = framesToTensor(frames);
    const { logits } = await this.graph.run({ clip: clip.reshape([1, ...clip.dims]) });
    let at = 0;
    const read = Object.entries(this.labels).map(([name, labels]) => {
      const row = logits!.data.subarray(at, (at += labels.length));
      return [name, labels[row.indexOf(Math.max(...row))]!];
    });
    return Object.fromEntries(read) as Attributes;
  }
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

/** The best that guessing without looking can do: the share of the most frequent of the answers asked for. */
export function chance(all: readonly Attributes[]): Record<Judged, number> {
  const share = (name: Judged) => {
    const asked = all.filter((attributes) => canBeAsked(attributes, name)).map((attributes) => attributes[name]);
    return Math.max(...asked.map((answer) => asked.filter((other) => other === answer).length)) / asked.length;
  };
  return Object.fromEntries(judged.map((name) => [name, share(name)])) as Record<Judged, number>;
}

/** NaN for an empty list. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
