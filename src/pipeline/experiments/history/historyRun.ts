import type { DiffusionOptions } from '../../diffusion/index.js';
import type { MadeVideo } from '../../capture/index.js';
import type { HistoryClip, HistoryEntry } from '../../history/index.js';
import type { LatentDiffusionModel } from '../../pipelines/index.js';
import type { Provenance, Video } from '../../video/index.js';
import { codeOf } from '../code.js';

/** How a run is made again: what the record names and cannot hold, and what belongs to whoever makes it. */
export interface HistoryRerunOptions extends Pick<
  DiffusionOptions,
  'signal' | 'onProgress' | 'onNotice' | 'capture' | 'mask' | 'controlClip' | 'referenceImages' | 'conditions'
> {
  /** The model that made it; by default the one of this session, else one that is installed under that name and has the same files. */
  model?: LatentDiffusionModel;
  /** The clip that was edited; by default the one of this session, else the file below the notebook's folder, if it is still the same. */
  clip?: Video;
}

/** Settings of which a run is told in a line. */
const mainSettings = ['strength', 'method', 'guidanceScale'] as const;

/** A run of a history, as it was noted when it ended. */
export class HistoryRun implements HistoryEntry {
  /** Names the run. */
  readonly id: string;
  /** The record that its clip carries. */
  readonly provenance: Provenance;
  /** What the model's files and parts were: SHA-256, hexadecimal. */
  readonly modelMark: string;
  /** The source below the notebook's folder, with `/` between the parts; undefined where it lay elsewhere, or was no file. */
  readonly input: string | undefined;
  /** SHA-256 of the pixels of a source that was no file. */
  readonly inputPixels: string | undefined;
  /** What the run was given that no record can hold. */
  readonly unrecorded: readonly string[];
  /** Seconds that it took. */
  readonly seconds: number;
  /** What was measured of the clip, by the names that `measureClip` has. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The clip. */
  readonly clip: HistoryClip;
  /** A few of its frames side by side: `data:image/jpeg;base64,…`. */
  readonly thumbnail: string | undefined;

  /** @internal */
  constructor(
    entry: HistoryEntry,
    private readonly remake: (id: string, options?: HistoryRerunOptions) => Promise<MadeVideo>,
  ) {
    this.id = entry.id;
    this.provenance = entry.provenance;
    this.modelMark = entry.modelMark;
    this.input = entry.input;
    this.inputPixels = entry.inputPixels;
    this.unrecorded = entry.unrecorded;
    this.seconds = entry.seconds;
    this.metrics = entry.metrics;
    this.clip = entry.clip;
    this.thumbnail = entry.thumbnail;
  }

  /** The prompt. */
  get prompt(): string {
    return this.provenance.prompt;
  }

  /** The seed. */
  get seed(): number {
    return this.provenance.seed;
  }

  /** Class name of the scheduler. */
  get scheduler(): string {
    return schedulerOf(this.provenance);
  }

  /** Denoising steps; NaN where the record does not say. */
  get steps(): number {
    const { numInferenceSteps: steps } = this.provenance.settings;
    return typeof steps === 'number' ? steps : NaN;
  }

  /** Makes the clip again, bit for bit. @throws {FrameloomError} as {@link RunHistory.rerun}. */
  rerun(options?: HistoryRerunOptions): Promise<MadeVideo> {
    return this.remake(this.id, options);
  }

  /** The call that makes such a clip, to paste into a program; the record knows more than it says. */
  get code(): string {
    return codeOf(this.provenance.kind === 'edited', this.prompt, {
      negativePrompt: this.provenance.negativePrompt,
      scheduler: this.scheduler,
      numInferenceSteps: this.steps,
      ...mainOf(this.provenance),
      seed: this.seed,
    });
  }

  /** `20261129T161523042-4f1c9a edited "a big green car": DDIM, 20 steps, strength 0.7, seed 3` */
  toString(): string {
    const main = Object.entries(mainOf(this.provenance)).map(([name, value]) => `${name} ${String(value)}`);
    const facts = [this.scheduler.replace(/Scheduler$/, ''), `${this.steps} steps`, ...main, `seed ${this.seed}`].join(', ');
    return `${this.id} ${this.provenance.kind} ${JSON.stringify(this.prompt.slice(0, 80))}: ${facts}`;
  }
}

function schedulerOf({ settings }: Provenance): string {
  const { name } = (settings.scheduler ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name.slice(0, 80) : 'unknown';
}

/** Settings that one looks at first, where they are simple. */
function mainOf({ settings }: Provenance): Record<string, string | number> {
  const simple = mainSettings.map((name) => [name, settings[name]] as const);
  const told = simple.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, 80) : value] as const);
  return Object.fromEntries(told.filter(([, value]) => ['string', 'number'].includes(typeof value))) as Record<string, string | number>;
}
