import type { PromptWord } from '../networks/index.js';
import type { AttentionSite } from '../onnx/index.js';
import { latentFrameOf, latentWindows } from './latentRows.js';
import type { RunBranch, RunRecord, RunSchedule, RunStep } from './record.js';

/** What is known of a captured run without looking at its tensors. */
export abstract class RunFacts {
  /** @internal Everything but tensors. */
  protected readonly record: RunRecord;

  /** @internal */
  protected constructor(record: RunRecord) {
    this.record = record;
  }

  /** A random name. */
  get id(): string {
    return this.record.id;
  }

  /** Whether a clip was edited or one was made from text. */
  get kind(): 'edited' | 'generated' {
    return this.record.provenance.kind;
  }

  /** Name of the model. */
  get model(): string {
    return this.record.provenance.model;
  }

  /** The prompt as typed. */
  get prompt(): string {
    return this.record.provenance.prompt;
  }

  /** What was steered away from. */
  get negativePrompt(): string | undefined {
    return this.record.provenance.negativePrompt;
  }

  /** The number that fixed the noise. */
  get seed(): number {
    return this.record.provenance.seed;
  }

  /** Every setting, as the result's provenance has it. */
  get settings(): Readonly<Record<string, unknown>> {
    return this.record.provenance.settings;
  }

  /** Frames a second. */
  get fps(): number {
    return this.record.fps;
  }

  /** Pixels. */
  get width(): number {
    return this.record.width;
  }

  /** Pixels. */
  get height(): number {
    return this.record.height;
  }

  /** Frames of the clip. */
  get frames(): number {
    return this.record.windows.at(-1)?.end ?? 0;
  }

  /**
   * Frames of the latents: those of the clip, or fewer where the model's autoencoder compresses time; there those of a clip that was worked on in windows lie one window
   * behind the other, since a latent frame stands for other frames in each.
   */
  get latentFrames(): number {
    return latentWindows(this.record).at(-1)?.end ?? 0;
  }

  /** The frame of the latents that a frame of the clip is part of; of one that two windows share, in that of which the result has more. @param frame from 0. */
  latentFrameOf(frame: number): number {
    return latentFrameOf(this.record, frame);
  }

  /** Steps of the run, captured or not. */
  get stepCount(): number {
    return this.record.stepCount;
  }

  /** The path of noise. */
  get schedule(): RunSchedule {
    return this.record.schedule;
  }

  /** Captured steps, ascending, with their statistics. */
  get steps(): readonly RunStep[] {
    const { captured } = this.record;
    return this.statistics.filter(({ step }) => captured.includes(step));
  }

  /** Statistics of every step, captured or not. */
  get statistics(): readonly RunStep[] {
    return this.record.statistics;
  }

  /** Words of the prompt, in order. */
  get words(): readonly PromptWord[] {
    return this.record.words;
  }

  /** Layers whose attention was captured, in the order of computation. */
  get sites(): readonly AttentionSite[] {
    return this.record.attention?.sites ?? [];
  }

  /** Layers whose attention between frames was captured, in the order of computation. */
  get frameSites(): readonly AttentionSite[] {
    return this.record.frameAttention?.sites ?? [];
  }

  /** Which heads of attention between frames were kept: their mean, or those of these numbers; undefined where none was captured. */
  get frameHeads(): 'mean' | readonly number[] | undefined {
    return this.record.frameAttention?.heads;
  }

  /** Where this run was branched off, for one that {@link RunPoint.resume} made. */
  get branch(): RunBranch | undefined {
    return this.record.branch;
  }
}
