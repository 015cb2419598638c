import { randomUUID } from 'node:crypto';
import { drawLatents, type LatentPreviewMatrix, matrixFor, previewsOf, type PromptWord } from '../networks/index.js';
import {
  type DenoiseObserver,
  type DenoiseRun,
  type ObservedStep,
  type PreparedRun,
  type CapturePlan,
  isCaptured,
  paddedFrameCount,
  perturbedPredictions,
} from '../diffusion/index.js';
import { type AttentionSite, type AttentionTap, isOverFrames } from '../onnx/index.js';
import { ArgumentError, Tensor, type Frame } from '../core/index.js';
import type { Provenance, Video } from '../video/index.js';
import { AttentionMass } from './attentionMass.js';
import { allowedBytes, bytesPerStep, type ExpectedRun, requireRoom } from './budget.js';
import { StepMoments } from './moments.js';
import { amongFrames, ownFirst, stepOfOwnFrames } from './ownFrames.js';
import { latentWindows } from './latentRows.js';
import { nameOf } from './names.js';
import type { RunBranch, RunSchedule, RunStep, RunWindow } from './record.js';
import { type CapturedParts, MadeVideo, Run, type RunModel } from './run.js';
import { describeSchedule } from './schedule.js';
import { captureErrors } from './errors.js';
import { hasWord } from './words.js';
import { tapFor } from './tapFor.js';
import { TensorStore } from './tensorStore.js';

/** What is known of a clip beside its tensors. */
export interface MadeClip {
  /** The model that made it. */
  model: RunModel;
  /** The clip's record. */
  provenance: Provenance;
  /** The clip that was edited. */
  source: Video | undefined;
  /** Where the run was branched off. */
  branch?: RunBranch;
}

/** Follows the denoising of a run, window after window, and keeps what was asked for. */
export class RunRecorder implements DenoiseObserver {
  private readonly store: TensorStore;
  private readonly windows: RunWindow[] = [];
  private readonly moments = new Map<number, StepMoments>();
  private readonly steps = new Map<number, Omit<RunStep, 'stats'>>();
  private readonly mass = new AttentionMass();
  private schedule: RunSchedule | undefined;
  private scheduler: DenoiseRun['scheduler'] | undefined;
  private stepCount = 0;
  private doneSteps = 0;
  private lastState: Uint8Array | undefined;
  /** Of the latents, those that stand before the clip's; they are kept behind those. */
  private leadingFrames = 0;

  private constructor(
    private readonly run: PreparedRun,
    private readonly plan: CapturePlan,
    private readonly words: readonly PromptWord[],
    private readonly tap: AttentionTap | undefined,
    private readonly matrix: LatentPreviewMatrix | undefined,
  ) {
    this.store = new TensorStore([], plan.memoryLimit);
  }

  /**
   * Gets ready to capture.
   *
   * @throws {FrameloomError} `FL_CAPTURE_WORD` for a word that is not in the text that guides the run; `FL_CAPTURE_MODEL` for pictures by an autoencoder for previews that
   * the model was not loaded with; what {@link UNet.tap} throws.
   */
  static async create(run: PreparedRun, plan: CapturePlan): Promise<RunRecorder> {
    const { model, prompt, guidedBy, size } = run;
    const words = model.tokenizer.wordsOf(guidedBy);
    for (const word of Array.isArray(plan.attention) && guidedBy !== prompt ? plan.attention : []) {
      if (!hasWord(words, word) && hasWord(model.tokenizer.wordsOf(prompt), word)) throw captureErrors.wordNotGuiding(word, guidedBy);
    }
    if (plan.frameAttention && run.context?.inside)
      throw new ArgumentError(
        'capture.frameAttention',
        plan.frameAttention,
        'left out with contextInside, by which frames look at each other in windows inside of the network',
      );
    if (plan.frames === 'previewVae' && !model.previewVae) throw captureErrors.needsPreviewVae(model.name);
    const fitted = matrixFor({
      model,
      latents: Tensor.zeros(model.latentDims(1, size)),
      decode: previewsOf(model, run.options.signal).decode,
    });
    // Only pictures by the linear map cannot do without it.
    const matrix = await (plan.frames === 'linear' ? fitted : fitted.catch(() => undefined));
    return new RunRecorder(run, plan, words, await tapFor(model.unet, plan, words), matrix);
  }

  /**
   * To be called before the run begins, when its size is known.
   *
   * @throws {FrameloomError} `FL_CAPTURE_TOO_LARGE` when the capture would not fit.
   */
  async reserve(expected: ExpectedRun): Promise<void> {
    const { model, size, guidance } = this.run;
    const perStep = bytesPerStep(this.plan, {
      latents: withPictures(model.latentDims(paddedFrameCount(this.run, expected.frames), size), this.run.options),
      clipFrames: expected.frames,
      scaleFactor: model.vae.scaleFactor,
      guided: guidance.terms.length > 1 || perturbedPredictions(this.run.options) > 0,
      state: this.run.newScheduler().mostStateTensors + (expected.keepsSource ? 1 : 0),
      tap: this.tap,
    });
    // A mask in pixels, in float32, of which those in latents are a small part.
    const windowBytes = this.plan.latents && expected.keepsSource ? expected.frames * size.width * size.height * 4 : 0;
    requireRoom(this.plan, perStep, expected, await allowedBytes(this.plan), windowBytes);
  }

  async begin({ scheduler, beginIndex, doneSteps = 0, frames, latents, leadingFrames = 0, keep }: DenoiseRun): Promise<void> {
    const window = this.windows.push(frames) - 1;
    const steps = scheduler.timesteps.length - beginIndex;
    await this.reserve({ frames: frames.end - frames.start, steps, windows: window + 1, doneSteps, keepsSource: keep !== undefined });
    this.scheduler = scheduler;
    this.leadingFrames = leadingFrames;
    this.doneSteps = doneSteps;
    this.stepCount = doneSteps + steps;
    this.schedule ??= describeSchedule(scheduler, beginIndex, undefined);
    this.lastState = undefined;
    if (!this.plan.latents) return;
    await this.keepState(doneSteps, window, ownFirst(latents, leadingFrames));
    if (!keep) return;
    await this.store.put(nameOf('mask', 0, window), keep.mask, 'F32');
    if (keep.area) await this.store.put(nameOf('area', 0, window), keep.area, 'F32');
    // The last entry, the clean source, is kept even where no step is left.
    const first = Math.min(beginIndex, keep.outside.length - 1);
    for (const [index, outside] of keep.outside.entries()) {
      if (outside && index >= first) await this.store.put(nameOf('outside', doneSteps + index - beginIndex + 1, window), outside, 'F32');
    }
  }

  tapAt(step: number, steps: number): AttentionTap | undefined {
    return isCaptured(this.plan, step, steps) ? this.tap : undefined;
  }

  async stepDone(given: ObservedStep): Promise<void> {
    const done = stepOfOwnFrames(given);
    const { step, steps, timestep, prediction, predOriginalSample } = done;
    const window = this.windows.length - 1;
    const count = done.frames.end - done.frames.start;
    const frames = this.run.model.vae.latentFrames(count);
    const moments = this.moments.get(step) ?? new StepMoments();
    this.moments.set(step, moments);
    moments.add(done, frames);
    const { sigmas, beginIndex } = this.schedule!;
    this.steps.set(step, { step, timestep, sigma: sigmas[beginIndex + step - 1 - this.doneSteps]! });
    if (!isCaptured(this.plan, step, steps)) return;

    const { plan, store } = this;
    const put = (kind: string, tensor: Tensor) => store.put(nameOf(kind, step, window), tensor.slice(0, frames), 'F16');
    if (plan.latents) await this.keepState(step, window, done.latents);
    if (plan.x0) await put('x0', predOriginalSample);
    const [conditional, ...others] = prediction.predictions;
    const unconditional = others.at(-1);
    if (plan.noise) await put('conditional', conditional);
    if (plan.noise && unconditional) await put('unconditional', unconditional);
    if (plan.frames) await this.keepPictures(step, window, predOriginalSample.slice(0, frames), count);
    for (const { id } of this.wordSites) await put(`attention.${id}`, prediction.attention!.get(id)!);
    for (const { id } of this.frameSites) await put(`frameAttention.${id}`, amongFrames(prediction.attention!.get(id)!, frames));
    if (this.wordSites.length > 0)
      this.mass.add(
        step,
        window,
        this.wordSites.map(({ id }) => prediction.attention!.get(id)!),
        frames,
      );
  }

  /** The clip with its run. */
  async finish(video: Video, { model, provenance, source, branch }: MadeClip): Promise<MadeVideo> {
    const { run, plan, store, windows, words, matrix, tap } = this;
    if (!this.schedule) throw captureErrors.ownLoop();
    const captured = [...this.steps.keys()].filter((step) => isCaptured(plan, step, this.stepCount)).sort((a, b) => a - b);
    const temporalScaleFactor = run.family.compressesTime ? run.model.vae.temporalScaleFactor : undefined;
    const strength = provenance.settings.strength as number | undefined;
    const [, , latentHeight, latentWidth] = run.model.latentDims(1, run.size) as [number, number, number, number];
    const parts: CapturedParts = {
      model,
      store,
      source,
      record: {
        id: randomUUID(),
        provenance,
        capture: plan,
        fps: video.fps,
        ...run.size,
        latentWidth,
        latentHeight,
        ...(temporalScaleFactor !== undefined && { temporalScaleFactor }),
        stepCount: this.stepCount,
        captured,
        windows,
        words,
        branch,
        schedule: { ...this.schedule, ...(strength === undefined ? {} : { strength }) },
        statistics: [...this.steps.values()].map((step) => ({ ...step, stats: this.moments.get(step.step)!.statistics })),
        ...(this.wordSites.length > 0 && {
          attention: {
            sites: this.wordSites,
            heads: headNumbers(tap!, this.wordSites),
            tokens: tap!.tokens!,
            mass: await this.mass.joined(captured, latentWindows({ windows, temporalScaleFactor })),
          },
        }),
        ...(this.frameSites.length > 0 && { frameAttention: { sites: this.frameSites, heads: headNumbers(tap!, this.frameSites) } }),
        preview: matrix && { channels: matrix.channels, weights: [...matrix.weights] },
      },
    };
    const made = new MadeVideo(video, { run: new Run(parts), source });
    parts.result = made;
    return made;
  }

  /** Layers whose attention to words is taken. */
  private get wordSites(): readonly AttentionSite[] {
    return this.tap?.sites.filter((site) => !isOverFrames(site)) ?? [];
  }

  /** Layers whose attention between frames is taken. */
  private get frameSites(): readonly AttentionSite[] {
    return this.tap?.sites.filter(isOverFrames) ?? [];
  }

  /** Gives up what was kept so far. */
  discard(): Promise<void> {
    return this.store.close();
  }

  /** Keeps all that going on from after `step` needs. @param latents the clip's own first. */
  private async keepState(step: number, window: number, latents: Tensor): Promise<void> {
    const { store } = this;
    await store.put(nameOf('latents', step, window), latents, 'F32');
    const { tensors, numbers } = this.scheduler!.state;
    for (const [i, tensor] of tensors.entries())
      await store.put(nameOf(`history${i}`, step, window), ownFirst(tensor, this.leadingFrames), 'F32');
    if (numbers.length > 1)
      await store.put(nameOf('stepsDone', step, window), new Tensor(Float32Array.from(numbers), [numbers.length]), 'F32');
    const { state } = this.run.generator;
    // Most schedulers draw no noise on the way.
    if (this.lastState && Buffer.compare(state, this.lastState) === 0) return;
    this.lastState = state;
    await store.putBytes(nameOf('generator', step, window), state, [state.length]);
  }

  /** @param count frames of the clip that they are. */
  private async keepPictures(step: number, window: number, x0: Tensor, count: number): Promise<void> {
    const { model, calls } = this.run;
    const decoder = this.plan.frames === 'vae' ? model.vae : model.previewVae!;
    const pictures: Frame[] =
      this.plan.frames === 'linear' ? drawLatents(this.matrix!, x0) : (await decoder.decode(x0, undefined, calls.aside)).slice(0, count);
    const { width, height } = pictures[0]!;
    await this.store.putBytes(nameOf('frames', step, window), Buffer.concat(pictures.map(({ data }) => data)), [
      pictures.length,
      height,
      width,
      3,
    ]);
  }
}

/** Latents of a window with those of reference pictures, one latent frame each. */
function withPictures([frames, ...place]: readonly number[], { referenceImages = [] }: PreparedRun['options']): number[] {
  return [frames! + (Array.isArray(referenceImages) ? referenceImages.length : 1), ...place];
}

/** Numbers of the heads that a tap keeps apart; of all heads those of the layer that has most. */
function headNumbers({ heads }: AttentionTap, sites: readonly AttentionSite[]): 'mean' | readonly number[] {
  if (heads !== 'each') return heads;
  return Array.from({ length: Math.max(...sites.map((site) => site.heads ?? 0)) }, (_, head) => head);
}

/** Makes a clip and gives it its run; what was kept goes when the clip cannot be made. */
export async function recorded(recorder: RunRecorder | undefined, clip: MadeClip, make: () => Promise<Video>): Promise<MadeVideo> {
  if (!recorder) return new MadeVideo(await make(), { source: clip.source });
  try {
    return await recorder.finish(await make(), clip);
  } catch (error) {
    await recorder.discard();
    throw error;
  }
}
