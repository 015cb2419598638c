import type { Tensor, Frame } from '../core/index.js';
import { type Progress, SharedWork } from '../diffusion/index.js';
import { type ClipEncoders, framesOf, measureClip } from '../metrics/index.js';
import type { LatentDiffusionModel } from '../pipelines/index.js';
import type { Video } from '../video/index.js';
import type { PlannedCell } from './axes.js';
import { cellId, clipMark, modelMark } from './cellId.js';
import type { ComparisonCell } from './cells.js';
import type { CellStore } from './cellStore.js';
import { codeOf } from './code.js';
import type { CellOptions, CompareOptions } from './options.js';

/** What all cells of a comparison have in common. */
export interface CellSetup {
  readonly model: LatentDiffusionModel;
  /** The clip that is edited; undefined where clips are generated. */
  readonly input: Video | undefined;
  readonly prompt: string;
  readonly mask: Tensor | undefined;
  readonly reference: CompareOptions['reference'];
  readonly encoders: ClipEncoders | undefined;
  readonly store: CellStore;
  readonly onNotice: (notice: string) => void;
}

/** Makes the cells of a comparison: takes them from where they are kept, else makes, measures and keeps them. */
export class CellMaker {
  private readonly shared = new SharedWork();
  private marks: Promise<readonly unknown[]> | undefined;
  private source: { readonly size: string; readonly frames: readonly Frame[] } | undefined;

  /** @param setup what the cells have in common. */
  constructor(private readonly setup: CellSetup) {}

  /** @throws {AbortError} when it is interrupted, with nothing half-kept; what editing and generating throw. */
  async make(planned: PlannedCell, onProgress: (progress: Progress) => void, signal: AbortSignal | undefined): Promise<ComparisonCell> {
    const { reference } = this.setup;
    const { place, labels, options } = planned;
    const towards = reference && {
      ...options,
      numInferenceSteps: reference.steps,
      ...(reference.scheduler === undefined ? {} : { scheduler: reference.scheduler }),
    };
    const long = towards && (await this.clip({ ...planned, options: towards }, undefined, onProgress, signal));
    const { id, record, video, kept } = await this.clip(planned, long && { options: towards, video: long.video }, onProgress, signal);
    return { id, place, labels, video, seconds: record.seconds, metrics: record.metrics, code: record.code, kept };
  }

  /** One clip, kept or made. @param towards the long run that it is measured against, and what that was made with. */
  private async clip(
    { options, labels }: PlannedCell,
    towards: { readonly options: CellOptions; readonly video: Video } | undefined,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal | undefined,
  ) {
    const { store, model, input, prompt, mask, encoders } = this.setup;
    this.marks ??= Promise.all([modelMark(model), input && clipMark(input, signal)]);
    const marks = await this.marks.catch((error: unknown) => {
      this.marks = undefined;
      throw error;
    });
    const id = cellId(marks, prompt, options, mask, towards?.options, encoders !== undefined);
    const known = await store.find(id);
    if (known) return { id, ...known, kept: true };
    const began = performance.now();
    const video = await this.run(options, onProgress, signal);
    const seconds = (performance.now() - began) / 1000;
    const source = input && (await this.sourceFor(input, video, options));
    const metrics = await measureClip(video, {
      ...(source && { source, mask }),
      ...(towards && { reference: towards.video }),
      prompt,
      by: encoders ?? model,
    });
    const record = { seconds, metrics, labels, code: codeOf(input !== undefined, prompt, options) };
    return { id, ...(await store.keep(id, { record, video })), kept: false };
  }

  private run(options: CellOptions, onProgress: (progress: Progress) => void, signal: AbortSignal | undefined): Promise<Video> {
    const { model, input, prompt, onNotice } = this.setup;
    const all = { ...options, shared: this.shared, signal, onProgress, onNotice };
    return input ? model.editVideo(input, prompt, all) : model.generateVideo(prompt, all);
  }

  /** The source's frames as the edit saw them. */
  private async sourceFor(input: Video, { width, height }: Video, { fit = 'cover' }: CellOptions): Promise<readonly Frame[]> {
    const size = `${width} ${height} ${fit}`;
    if (this.source?.size !== size) this.source = { size, frames: await framesOf(await input.resize({ width, height, fit })) };
    return this.source.frames;
  }
}
