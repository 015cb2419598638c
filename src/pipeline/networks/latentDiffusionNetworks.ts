import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, concatenate, packageRoot, type Tensor, type Frame } from '../core/index.js';
import { type NoiseSource, type Scheduler, schedulerByName, type TimestepOptions } from '../schedulers/index.js';
import type { RowsWatch } from './batches.js';
import { deviceNotices, deviceText, type DeviceUse } from './devices.js';
import type { Graph } from './graph.js';
import { gigabytes } from './memoryErrors.js';
import { keyOfWork } from './networkWork.js';
import { modelNeeds, type RunNeeds, type RunSize } from './modelNeeds.js';
import type { Json } from './modelFiles.js';
import { factsOf, familyName, type NetworkFacts } from './networkFacts.js';
import { NetworkParts } from './networkParts.js';
import { nearestShape } from './nearestShape.js';
import { nearestWords } from './nearestWords.js';
import { habitualPresets, type QualityPresets } from './qualityPresets.js';
import { habits, type RecommendedSettings } from './recommendedSettings.js';
import { runTimesteps } from './runTimesteps.js';

/** Frames worked on together when a picture UNet, which sees them one by one, does not care. */
const PICTURE_WINDOW = 16;

/** The networks of a latent diffusion model with their noise schedule, their sizes and their prompts; knows of no run. */
export class LatentDiffusionNetworks extends NetworkParts {
  private schedulerNoticeTaken = false;
  private memoryNoticeTaken = false;
  private readonly needs = new Map<string, RunNeeds>();
  private deviceNoticesTaken = false;
  private readonly promptNoticesTaken = new Set<'read' | 'written'>();

  /** The tokenizer, for a look at what a prompt becomes. */
  get tokenizer() {
    return this.textEncoder.tokenizer;
  }

  /** The model's `scheduler_config.json`, with what its scheduler's class takes where the file leaves something open. */
  get schedulerConfig(): Json {
    return this.schedule.config;
  }

  /** What people call this kind of model: `Stable Diffusion 1.x`. */
  get family(): string {
    if (this.unet.positionFrequencies !== undefined) return 'LTX-Video';
    if (this.vae.temporalScaleFactor > 1) return this.unet.hints ? 'Wan 2.1 VACE' : 'Wan 2.1, text to video';
    const { hasMotion, takesGuidanceScale, crossAttentionDim, inChannels } = this.unet;
    const furtherChannels = inChannels - this.vae.latentChannels;
    return familyName({ textChannels: crossAttentionDim ?? this.textEncoder.channels, hasMotion, takesGuidanceScale, furtherChannels });
  }

  /** What each network is made of, stored in and run by. @throws {FrameloomError} `FL_ONNX_…` for a file that cannot be followed. */
  get networks(): NetworkFacts[] {
    const { textEncoder, unet, vae, previewVae } = this;
    const graphs = [
      ['text_encoder', textEncoder.graph],
      ['unet', unet.graph],
      ['vae_encoder', vae.encoder],
      ['vae_decoder', vae.decoder],
      ['preview_decoder', previewVae?.decoder],
      ['interrogator', this.interrogator?.graph],
    ] as const;
    return graphs.flatMap(([part, graph]) => (graph ? [factsOf(part, graph)] : []));
  }

  /** What runs its networks, in a few words: `webgpu`, or `webgpu; text_encoder: cpu`. Named after the UNet's device. */
  get device(): string {
    return deviceText(this.deviceUses);
  }

  private get deviceUses(): ReadonlyMap<string, DeviceUse> {
    const { textEncoder, unet, vae, previewVae, controlNets, interrogator } = this;
    const graphs: Readonly<Record<string, Graph | undefined>> = {
      text_encoder: textEncoder.graph,
      unet: unet.graph,
      vae_encoder: vae.encoder,
      vae_decoder: vae.decoder,
      preview_decoder: previewVae?.decoder,
      ...Object.fromEntries(controlNets.map(({ graph }, i) => [`controlnet${controlNets.length > 1 ? ` ${i + 1}` : ''}`, graph])),
      interrogator: interrogator?.graph,
    };
    return new Map(Object.entries(graphs).flatMap(([name, graph]) => (graph ? [[name, graph.use] as const] : [])));
  }

  /** The model's own scheduler (or what runs in its place, see {@link schedule}), with no run begun. */
  get scheduler(): Scheduler {
    return schedulerByName(this.schedule.used, this.schedulerConfig).withRunOptions(this.schedule.options ?? {});
  }

  /** How a run's schedule is told from the size of its windows, for {@link Scheduler.setTimesteps}: see `runTimesteps`. @param steps of the whole schedule. */
  timestepOptions(scheduler: Scheduler, steps: number, size: RunSize): TimestepOptions {
    const [frames, , height, width] = this.latentDims(size.frames, size) as [number, number, number, number];
    const side = Number(this.unet.config.latent_size_multiple ?? 1);
    return runTimesteps(scheduler, steps, { config: this.unet.config, tokens: (frames * height * width) / side ** 2 });
  }

  /** The sentence about a scheduler that runs in another's place, the first time that it is asked for. */
  takeSchedulerNotice(): string | undefined {
    const notice = this.schedulerNoticeTaken ? undefined : this.schedule.notice;
    this.schedulerNoticeTaken = true;
    return notice;
  }

  /** The sentence about memory that is short, the first time that it is asked for. */
  takeMemoryNotice(): string | undefined {
    const notice = this.memoryNoticeTaken ? undefined : this.memoryPlan.notice;
    this.memoryNoticeTaken = true;
    return notice;
  }

  /** The sentence about prompts that are read from disk, or kept there, the first time that it is asked for. */
  takePromptNotice(onDisk: 'read' | 'written'): string | undefined {
    const { cache, weightBytes } = this.textEncoder;
    if (!cache || this.promptNoticesTaken.has(onDisk)) return undefined;
    this.promptNoticesTaken.add(onDisk);
    return onDisk === 'read'
      ? `The prompt is read from ${cache.folder}, where an earlier run kept it: the text encoder (${gigabytes(weightBytes)}) is not needed.`
      : `What the text encoder (${gigabytes(weightBytes)}) makes of the prompt is kept in ${cache.folder}, so that the next run with it need not load it (promptCache: false, --no-prompt-cache, keeps nothing).`;
  }

  /**
   * What a run takes of memory and work, worked out from shapes. Graphs that cannot be followed count nothing.
   */
  needsOf(size: RunSize): RunNeeds {
    const { width, height, frames, clipFrames, textTokens } = size;
    const key = [width, height, frames, clipFrames, textTokens, this.unet.graph.isResident, keyOfWork(size, frames)].join();
    const known = this.needs.get(key) ?? modelNeeds(this, size, this.memoryPlan.memory === 'least');
    // A model works at one size; a few are kept beside it.
    if (this.needs.size > 8) this.needs.clear();
    this.needs.set(key, known);
    return known;
  }

  /** What is to be said of the devices of its networks, the first time that it is asked for. */
  takeDeviceNotices(): readonly string[] {
    const notices = this.deviceNoticesTaken ? [] : deviceNotices(this.deviceUses);
    this.deviceNoticesTaken = true;
    return notices;
  }

  /** Settings that work well with this model. */
  get recommended(): RecommendedSettings {
    const own = (this.index.recommended_settings ?? {}) as Json;
    const { index, name, schedule, unet } = this;
    const { numInferenceSteps, guidanceScale } = habits({
      index,
      name,
      schedule,
      unet: unet.config,
      takesGuidanceScale: unet.takesGuidanceScale,
    });
    const distilled = this.loras.distilled?.distillation;
    // What was recommended for the model alone is wrong with a distilled LoRA over it.
    const written = this.setByLora ? {} : own;
    return {
      numInferenceSteps: Number(written.num_inference_steps ?? distilled?.steps ?? numInferenceSteps),
      guidanceScale: Number(written.guidance_scale ?? (distilled ? 1 : guidanceScale)),
      fps: Number(own.fps ?? 8),
      maxFrames: Math.max(this.windowFrames, this.unet.fixedFrames ?? Number(own.max_frames ?? 0)),
      deflicker: Number(own.deflicker ?? 0),
    };
  }

  /** Whether steps and guidance are those of a LoRA: an LCM-LoRA, or one that was distilled otherwise. */
  private get setByLora(): boolean {
    return (this.loras.consistency ?? this.loras.distilled) !== undefined;
  }

  /** What each word of quality stands for: as measured where its folder says so, else by the field's habits. */
  get presets(): QualityPresets {
    // So is what was measured on it.
    const written = this.setByLora ? {} : this.writtenPresets;
    const habitual = habitualPresets(this.recommended, this.schedulerConfig);
    return { generate: written?.generate ?? habitual.generate, edit: written?.edit ?? habitual.edit };
  }

  /** Version of Frameloom, for provenance. */
  get libraryVersion(): string {
    return (JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
  }

  /** Frames that the model works on together: what it was trained on, or what its graph fixes. */
  get windowFrames(): number {
    if (!this.unet.hasMotion) return PICTURE_WINDOW;
    return this.unet.fixedFrames ?? Number(this.unet.config.num_frames ?? 16);
  }

  /** Size in pixels that the model was trained on, or that its graphs fix. */
  get sampleSize(): { width: number; height: number } {
    const { scaleFactor } = this.vae;
    const fixed = this.unet.fixedSize;
    if (fixed) return { width: fixed.width * scaleFactor, height: fixed.height * scaleFactor };
    const trained = this.unet.config.sample_size ?? 64;
    const [height, width] = (Array.isArray(trained) ? trained : [trained, trained]) as [number, number];
    return this.vae.fixedSize ?? { width: width * scaleFactor, height: height * scaleFactor };
  }

  /** Both sides of a picture must be multiples of this many pixels. */
  get sizeMultiple(): number {
    const blocks = this.unet.config.block_out_channels;
    const latentMultiple = Number(this.unet.config.latent_size_multiple ?? (Array.isArray(blocks) ? 2 ** (blocks.length - 1) : 8));
    return latentMultiple * this.vae.scaleFactor;
  }

  /** The size on the model's grid whose shape is nearest to a picture's and that has about as many pixels as the model was trained on. */
  fitSize(width: number, height: number): { width: number; height: number } {
    const { sampleSize, sizeMultiple } = this;
    if (this.unet.fixedSize ?? this.vae.fixedSize) return sampleSize;
    return nearestShape({ width, height }, sampleSize.width * sampleSize.height, sizeMultiple);
  }

  /** @throws {ArgumentError} naming the nearest size that works. */
  requireSize(width: number, height: number): void {
    const multiple = this.sizeMultiple;
    const fixed = this.unet.fixedSize ?? this.vae.fixedSize;
    for (const [name, side] of [
      ['width', width],
      ['height', height],
    ] as const) {
      const wanted = fixed ? this.sampleSize[name] : Math.max(multiple, Math.round(side / multiple) * multiple);
      if (side !== wanted) {
        throw new ArgumentError(
          name,
          side,
          fixed
            ? `${wanted}, the size that the graphs of ${this.name} were exported for`
            : `a multiple of ${multiple} with ${this.name}; ${wanted} is the nearest`,
        );
      }
    }
  }

  /** The shape of the latents of `frames` frames of this size; fewer latent frames where the VAE compresses time. */
  latentDims(frames: number, size: { width: number; height: number }): number[] {
    return [this.vae.latentFrames(frames), this.vae.latentChannels, size.height / this.vae.scaleFactor, size.width / this.vae.scaleFactor];
  }

  /** `frames`, or the number that a motion graph insists on. @throws {ArgumentError} when there are more than that. */
  paddedFrameCount(frames: number, option = 'numFrames'): number {
    const fixed = this.unet.fixedFrames;
    if (fixed !== undefined && frames > fixed)
      throw new ArgumentError(option, frames, `at most ${fixed} with ${this.name}, whose graph was exported for that many`);
    const { maxFrames } = this.unet;
    if (maxFrames !== undefined && frames > maxFrames)
      throw new ArgumentError(
        option,
        frames,
        `at most ${maxFrames} with ${this.name}, whose motion modules know the positions of that many`,
      );
    return fixed ?? frames;
  }

  /** @throws {ArgumentError} for a number of frames that is no whole number of latent frames, where the VAE compresses time: 4n + 1 with Wan, 8n + 1 with LTX-Video. */
  requireFrameCount(frames: number, option: string): void {
    const { temporalScaleFactor: factor } = this.vae;
    const over = (frames - 1) % factor;
    if (over === 0) return;
    throw new ArgumentError(
      option,
      frames,
      `${factor}n + 1 with ${this.name}, whose frames after the first go ${factor} by ${factor}; ${frames - over} and ${frames - over + factor} are nearest`,
    );
  }

  /** Latents with the last frame repeated up to the number of frames that a motion graph insists on. */
  padFrames(latents: Tensor): Tensor {
    const frames = latents.dims[0]!;
    const missing = this.paddedFrameCount(frames) - frames;
    return missing === 0 ? latents : concatenate([latents, ...Array<Tensor>(missing).fill(latents.slice(frames - 1))]);
  }

  /** Frames to scaled latents; with `noise` a sample of the VAE's posterior, as diffusers takes it, else its mean. */
  encodeFrames(frames: readonly Frame[], noise?: NoiseSource, watch?: RowsWatch): Promise<Tensor> {
    return this.vae.encode(frames, noise, watch);
  }

  /** A sentence about words the model does not know, with the nearest known ones. */
  describeUnknownWords(words: readonly string[]): string {
    const known = this.tokenizer.vocabulary;
    const described = words.map((word) => {
      const near = nearestWords(word, known, 3);
      return near.length === 0 ? `"${word}"` : `"${word}" (nearest: ${near.join(', ')})`;
    });
    return `${this.name} does not know ${described.join(', ')}; ${words.length === 1 ? 'it' : 'they'} will not be drawn. frameloom models show ${this.name} prints the English words that it knows.`;
  }

  /** Gives the model's memory back; it cannot be used afterwards. */
  async release(): Promise<void> {
    for (const part of [
      this.textEncoder.graph,
      this.unet,
      this.vae.encoder,
      this.vae.decoder,
      this.vae.chunks.encode,
      this.vae.chunks.decode,
      this.previewVae?.decoder,
      this.previewVae?.chunks.decode,
      this.interrogator?.graph,
      ...this.controlNets,
    ])
      await part?.release();
  }
}
