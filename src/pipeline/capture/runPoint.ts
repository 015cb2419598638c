import { checkResumeOptions } from '../diffusion/optionChecks.js';
import type { DiffusionOptions } from '../diffusion/options.js';
import type { Tensor } from '../tensor.js';
import type { Video } from '../video/index.js';
import type { LatentDiffusionModel } from '../model/latentDiffusionModel.js';
import { captureErrors } from './errors.js';
import { resumeRun } from './resume.js';
import type { Run, RunParts } from './run.js';

/**
 * What to change when a run goes on from one of its steps; what is left out stays as it was.
 *
 * Size, seed and shared noise stay those of the run. With another scheduler or number of steps the run goes on at the
 * timestep of the new schedule whose noise level is nearest to that of the latents.
 */
export interface ResumeOptions extends Omit<DiffusionOptions, 'seed' | 'sharedNoise' | 'width' | 'height'> {
  /** Another prompt from here on. */
  prompt?: string;
  /** Latents to go on with in place of the captured ones, `[frames, channels, height, width]` over the whole clip. */
  latents?: Tensor;
  /** The model, for a run that was loaded from disk without one. */
  model?: LatentDiffusionModel;
}

/** A captured step of a run. */
export class RunPoint {
  /** Made by `run.at(step)`. */
  constructor(
    /** The run. */
    readonly run: Run,
    private readonly parts: RunParts,
    /** Steps that are done; 0 before the first. */
    readonly step: number,
  ) {}

  /** The latents to go on from. */
  latents(): Promise<Tensor> {
    return this.run.latents(this.step);
  }

  /**
   * Goes on from here to the end of the schedule. With nothing changed the result is that of the run, bit for bit.
   *
   * The branch captures what the run did, unless `capture` says otherwise. (Layers whose attention is captured are
   * computed by another session, which may differ in the last bits.)
   *
   * @returns a clip with its own `run`; its provenance tells the step and the run it was branched from.
   * @throws {FrameloomError} `FL_CAPTURE_MODEL` without a model; {@link AbortError}; what editing and generating throw.
   */
  async resume(options: ResumeOptions = {}): Promise<Video> {
    checkResumeOptions(options);
    const model = options.model ?? this.parts.model;
    if (!model) throw captureErrors.needsModel('Going on from a step');
    return resumeRun(this.run, this.parts, this.step, model, options);
  }
}
