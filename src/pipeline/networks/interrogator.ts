import type { Tensor, Frame } from '../core/index.js';
import { PictureScaler, placePicture } from '../video/index.js';
import { modelErrors } from './errors.js';
import type { Graph } from './graph.js';
import type { GraphOptions } from './graphOptions.js';
import { findGraph, hasGraph, type Json, readJson } from './modelFiles.js';
import { keepLargest } from './largestArea.js';
import { openGraph } from './openGraph.js';
import { framesToTensor } from './pixels.js';

const wanted =
  'An interrogator takes sample [batch, 3, size, size] in −1…1 and gives a row of probabilities [batch, n] by each name of its labels, known [batch] and mask [batch, 1, size, size].';

/** What an interrogator says of some frames. */
export interface Interrogation {
  /** By category (`subject`, `colour`, …): the probability of every value, 0…1, mean of the frames. A value that captions leave unsaid is ''. */
  answers: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Probability, 0…1, that these are pictures of the kind that the model was trained on. */
  known: number;
}

/**
 * The part of a model directory that reads pictures (`interrogator/`): what a caption would say of them, and where their subject is.
 *
 * Named after the CLIP interrogators that people use with Stable Diffusion. It is a small convolutional network, trained on
 * the clips that the model was trained on (`training/train_interrogator.py`); models without the folder do without.
 */
export class Interrogator {
  private constructor(
    /** Its graph. */
    readonly graph: Graph,
    /** Side of the pictures that it looks at, in pixels; others are scaled to it. */
    readonly sampleSize: number,
    private readonly labels: Readonly<Record<string, readonly string[]>>,
    private readonly unsaid: Readonly<Record<string, string>>,
    /** By category and value: the categories that cannot be seen where it is true; a sepia picture shows no colours. */
    readonly hides: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
    /** Probability from which on an answer is believed. */
    readonly believedFrom: number,
    /** Probability of being known from which on a clip counts as one of the model's kind. */
    readonly knownFrom: number,
  ) {
    graph.requireInput(['sample'], [4], wanted);
    graph.requireOutput(['mask'], [4], wanted);
    for (const name of [...Object.keys(labels), 'known']) graph.requireOutput([name], [name === 'known' ? 1 : 2], wanted);
  }

  /** @internal Loads `interrogator/` of a model directory; undefined where there is none. */
  static async load(directory: string, options?: GraphOptions): Promise<Interrogator | undefined> {
    if (!(await hasGraph(directory, 'interrogator'))) return undefined;
    const file = 'interrogator/config.json';
    const config: Json = (await readJson(directory, file)) ?? {};
    const {
      labels,
      sample_size: size,
      unsaid = {},
      hides = {},
      believed_from: believed = 0.5,
      known_from: known = 0.5,
    } = config as Record<string, never>;
    if (!isLists(labels) || typeof size !== 'number' || !Number.isInteger(size) || size < 8 || size > 1024) {
      throw modelErrors.badJson(`${directory}/${file}`, 'it names no "sample_size" of 8 to 1024 and no "labels" by category');
    }
    return new Interrogator(
      await openGraph(await findGraph(directory, 'interrogator'), { ...options, group: 'read' }),
      size,
      labels,
      unsaid,
      hides,
      Number(believed),
      Number(known),
    );
  }

  /** Reads frames of one size. */
  async read(frames: readonly Frame[]): Promise<Interrogation> {
    const outputs = await this.run(frames, [...Object.keys(this.labels), 'known']);
    const answers = new Map(
      Object.entries(this.labels).map(([category, values]) => {
        const { data } = outputs[category]!;
        const probability = (value: number) =>
          frames.reduce((sum, _, frame) => sum + data[frame * values.length + value]!, 0) / frames.length;
        return [
          category,
          new Map(values.map((value, index) => [value === this.unsaid[category] ? '' : value, probability(index)])),
        ] as const;
      }),
    );
    const known = outputs.known!.data.reduce((sum, value) => sum + value, 0) / frames.length;
    return { answers, known };
  }

  /** Where the subject is, the largest thing that might be one: `[frames, 1, size, size]` with probabilities 0…1, {@link sampleSize} pixels over the whole picture. */
  async findSubject(frames: readonly Frame[]): Promise<Tensor> {
    const mask = (await this.run(frames, ['mask'])).mask!;
    for (let frame = 0; frame < frames.length; frame++)
      keepLargest(mask.data.subarray(frame * this.sampleSize ** 2, (frame + 1) * this.sampleSize ** 2), this.sampleSize);
    return mask;
  }

  private async run(frames: readonly Frame[], outputs: readonly string[]): Promise<Record<string, Tensor>> {
    const side = { width: this.sampleSize, height: this.sampleSize };
    const scaler = new PictureScaler(frames[0]!, placePicture(frames[0]!, { ...side, fit: 'fill' }));
    return this.graph.run({ sample: framesToTensor(frames.map((frame) => scaler.scale(frame))) }, outputs);
  }
}

function isLists(value: unknown): value is Readonly<Record<string, readonly string[]>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((list) => Array.isArray(list) && list.every((item) => typeof item === 'string'))
  );
}
