import type { CapturedPoint, MadeVideo, ResumeOptions, RunModel } from '../capture/index.js';
import { checkOptions } from '../core/index.js';
import { schedulerCheck } from '../diffusion/index.js';
import type { EditVideoOptions, OwnMethodOptions } from '../editing/index.js';
import { LatentDiffusionNetworks, loadNetworks, type LoadOptions, partChecks, runtimeChecks } from '../networks/index.js';
import type { Video } from '../video/index.js';
import { editVideo } from './editVideo.js';
import { generateVideo } from './generateVideo.js';
import type { GenerateVideoOptions } from './options.js';
import { observed } from './observed.js';
import { asResumable } from './resumable.js';
import { resumeRun } from './resume.js';

/** A latent diffusion model: text encoder, UNet, VAE and noise schedule, loaded and ready to make and edit videos. */
export class LatentDiffusionModel extends LatentDiffusionNetworks implements RunModel {
  /**
   * Loads a model: by name (`motion-stickers` ships with Frameloom) or from a directory in one of the layouts that
   * optimum and diffusers export Stable Diffusion to.
   *
   * What Frameloom cannot run is refused before its weights are read.
   *
   * @throws {FrameloomError} `FL_MODEL_NOT_FOUND`, `FL_MODEL_FILE_MISSING`, `FL_MODEL_LOAD`, `FL_MODEL_TENSOR`: each says
   * which file or tensor is wrong and what a good one looks like; `FL_MODEL_UNSUPPORTED` name
   * the kind of model or scheduler that cannot be run, and what to do.
   */
  static async fromPretrained(nameOrPath = 'motion-stickers', options: LoadOptions = {}): Promise<LatentDiffusionModel> {
    checkOptions('fromPretrained', options, { ...runtimeChecks, ...partChecks, scheduler: schedulerCheck });
    return new LatentDiffusionModel(await loadNetworks(nameOrPath, options));
  }

  /**
   * Edits a clip until it fits the prompt. With no further option the method is chosen by what the prompt changes, so that
   * naming another subject, colour or background keeps the rest; see {@link EditVideoOptions.method}.
   *
   * @param clip the source; it is not changed. The result keeps its frame rate and its sound.
   * @param prompt what the clip should show, `(with weights:1.3)` where wanted.
   * @throws {AbortError} when `signal` fires; {@link ArgumentError} for an option that cannot be used.
   */
  editVideo(clip: Video, prompt: string, options?: EditVideoOptions): Promise<MadeVideo>;
  /** As above, with a method of one's own and its settings. */
  editVideo<Settings extends object>(clip: Video, prompt: string, options: OwnMethodOptions<Settings>): Promise<MadeVideo>;
  editVideo(clip: Video, prompt: string, options: EditVideoOptions = {}): Promise<MadeVideo> {
    const edit = (options: EditVideoOptions) => editVideo(this, clip, prompt, options);
    return observed({ model: this, source: clip, options }, () =>
      asResumable({ model: this, facts: { prompt }, source: clip, options }, edit),
    );
  }

  /**
   * Makes a clip from text alone.
   *
   * @throws {AbortError} when `signal` fires; {@link ArgumentError} for an option that cannot be used.
   */
  generateVideo(prompt: string, options: GenerateVideoOptions = {}): Promise<MadeVideo> {
    const generate = (options: GenerateVideoOptions) => generateVideo(this, prompt, options);
    return observed({ model: this, source: undefined, options }, () =>
      asResumable({ model: this, facts: { prompt }, source: undefined, options }, generate),
    );
  }

  /**
   * Goes on from a captured step of a run; {@link RunPoint.resume} is the way to ask for it.
   *
   * @throws {FrameloomError} `FL_CAPTURE_MODEL` for the run of another model; what editing and generating throw.
   */
  resume(point: CapturedPoint, options: ResumeOptions = {}): Promise<MadeVideo> {
    const { source, id: run } = point.run;
    const goOn = (options: ResumeOptions) => resumeRun(this, point, options);
    return observed({ model: this, source, options }, () =>
      asResumable({ model: this, facts: { run, step: point.step }, source, options }, goOn),
    );
  }
}
