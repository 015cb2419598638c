import { abortSignal, anything, checkOptions, flag, instanceOf, type OptionChecks, text, Tensor } from '../core/index.js';
import { changeableChecks, type DiffusionOptions } from '../diffusion/index.js';
import { Video, type VideoParts } from '../video/index.js';
import { captureErrors } from './errors.js';
import { loadRun } from './loadRun.js';
import type { DecodingModel, RunParts } from './runParts.js';
import { RunTensors } from './runTensors.js';
import { saveRun, type SaveRunOptions } from './saveRun.js';

/** A model that can go on with its runs. */
export interface RunModel extends DecodingModel {
  /** Goes on from a step. */
  resume(point: CapturedPoint, options: ResumeOptions): Promise<MadeVideo>;
}

/** What a run is made of, with the clip as it came out. */
export interface CapturedParts extends RunParts<RunModel> {
  /** The clip that was made. */
  result?: MadeVideo;
}

/** A step of a run with all that was captured. */
export interface CapturedPoint {
  /** The run. */
  readonly run: Run;
  /** @internal What it is made of. */
  readonly parts: RunParts;
  /** Steps that are done; 0 before the first. */
  readonly step: number;
}

/**
 * What to change when a run goes on from one of its steps; what is left out stays as it was.
 *
 * Size, seed and shared noise stay those of the run. With another scheduler or number of steps the run goes on at the
 * timestep of the new schedule whose noise level is nearest to that of the latents.
 */
export interface ResumeOptions extends Omit<DiffusionOptions, 'quality' | 'seed' | 'sharedNoise' | 'camera' | 'width' | 'height'> {
  /** Another prompt from here on. */
  prompt?: string;
  /** Latents to go on with in place of the captured ones, `[frames, channels, height, width]` over the whole clip. */
  latents?: Tensor;
  /** The model, for a run that was loaded from disk without one. */
  model?: RunModel;
}

const resumeChecks: OptionChecks<ResumeOptions> = {
  ...changeableChecks,
  prompt: text,
  latents: instanceOf(Tensor, 'a Tensor of latents'),
  model: anything,
};

/** Options of `Run.load`. */
export interface LoadRunOptions {
  /** The model that ran, for going on from a step and for pictures by the VAE. */
  model?: RunModel;
}

/**
 * What a model did, step by step: everything that `capture` asked for.
 *
 * Tensors are `[frames, channels, height, width]` over the whole clip. Where a long clip was worked on in windows, the
 * frames that two windows share are cross-faded, as they were for the result; where the model's autoencoder compresses time, the
 * latents of the windows lie one behind the other, and pictures are cross-faded.
 */
export class Run extends RunTensors {
  /** @internal Made by `generateVideo`, `editVideo`, `resume` and {@link Run.load}. @param parts what was captured. */
  constructor(private readonly parts: CapturedParts) {
    super(parts);
  }

  /** The clip that was edited; undefined for generated ones. */
  get source(): Video | undefined {
    return this.parts.source;
  }

  /** The clip that was made. */
  get result(): MadeVideo | undefined {
    return this.parts.result;
  }

  /** The method's stages, for `show(run.stages)`. */
  get stages(): Stages {
    return new Stages(this);
  }

  /** Bytes that the captured tensors take, in memory and in the temporary file. */
  get byteLength(): number {
    return this.parts.store.byteLength;
  }

  /**
   * A captured step, to go on from.
   *
   * @param step 1 … {@link stepCount}, or 0 for where the run began.
   * @throws {FrameloomError} `FL_CAPTURE_STEP` listing the steps there are; `FL_CAPTURE_MISSING` without latents.
   */
  at(step: number): RunPoint {
    this.requireStep('latents', step, 'capture: { latents: true }');
    return new RunPoint(this, this.parts, step);
  }

  /**
   * Writes the run to a folder: `run.json`, and `tensors.safetensors` with every tensor and the frames of source and result.
   * The folder appears complete or not at all.
   *
   * @throws {FrameloomError} `FL_CAPTURE_EXISTS` when the folder holds something, `FL_CAPTURE_OUTPUT`, `FL_CAPTURE_DISK_FULL`; AbortError.
   */
  async save(folder: string, options: SaveRunOptions = {}): Promise<void> {
    checkOptions('save', options, { overwrite: flag, signal: abortSignal });
    return saveRun(this.parts, folder, options);
  }

  /**
   * Reads a run that {@link save} wrote. It can be shown as it is; going on from a step and pictures by the VAE take the model.
   *
   * @throws {FrameloomError} `FL_CAPTURE_NOT_FOUND`, `FL_CAPTURE_DAMAGED` for files that are no such run; `FL_CAPTURE_MODEL` for another model.
   */
  static async load(folder: string, options: LoadRunOptions = {}): Promise<Run> {
    checkOptions('Run.load', options, { model: anything });
    const { result, ...captured } = await loadRun(folder, options.model);
    const parts: CapturedParts = captured;
    const run = new Run(parts);
    parts.result = result && new MadeVideo(result, { run });
    return run;
  }

  /** Frees what was captured. Reading it afterwards fails; closing twice does no harm. */
  close(): Promise<void> {
    return this.parts.store.close();
  }
}

/** A captured step of a run. */
export class RunPoint {
  /** @internal Made by `run.at(step)`. */
  constructor(
    /** The run. */
    readonly run: Run,
    private readonly parts: RunParts<RunModel>,
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
  async resume(options: ResumeOptions = {}): Promise<MadeVideo> {
    checkOptions('resume', options, resumeChecks);
    const model = options.model ?? this.parts.model;
    if (!model) throw captureErrors.needsModel('Going on from a step');
    const { run, parts, step } = this;
    return model.resume({ run, parts, step }, options);
  }
}

/**
 * The method's stages as one run went through them: source, latents, text, diffusion, result. `show(run.stages)` draws
 * them on one card.
 */
export class Stages {
  /** @internal Made by {@link Run.stages}. */
  constructor(
    /** The run to be drawn. */
    readonly run: Run,
  ) {}
}

/** A clip that a model made. */
export class MadeVideo extends Video {
  /** What the model did to make the clip, step by step; for clips made with `capture`. */
  readonly run: Run | undefined;
  /** The clip that was edited, as it was given; undefined for generated ones, and for parts of an edited one. */
  readonly source: Video | undefined;

  /** @param clip the clip, whose frames it shares; close one of the two. */
  constructor(clip: Video, { run, source }: { readonly run?: Run; readonly source?: Video }) {
    super(clip);
    this.run = run;
    this.source = source;
  }

  /** @internal */
  protected override derived(changes: Partial<VideoParts>): MadeVideo {
    return new MadeVideo(super.derived(changes), { run: this.run });
  }
}
