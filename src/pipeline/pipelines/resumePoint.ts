import { captureErrors, latentWindows, leadingFirst, nameOf, type RunWindow, type RunParts } from '../capture/index.js';
import { type DenoisePass, type KeptRegion, paddedFrameCount, padFrames, type PreparedRun } from '../diffusion/index.js';
import type { SteadySettings } from '../editing/index.js';
import { ArgumentError, concatenate, FrameloomError, Tensor, type Frame } from '../core/index.js';
import { recordedScheduler, type RecordedScheduler, type Scheduler } from '../schedulers/index.js';
import type { Fit } from '../video/index.js';

/** The part of a run's settings that fixes its path of noise. */
interface RecordedSchedule {
  scheduler: RecordedScheduler;
  numInferenceSteps: number;
}

/** What a run needs to go on with a window. */
type Continued = Omit<DenoisePass, 'frames'>;

/** The state of a run after a step, and how it fits the schedule that the run goes on with. */
export class ResumePoint {
  /** Entry of the new schedule's timesteps to go on at. */
  private readonly beginIndex: number;
  /** Whether scheduler and timesteps are those of the run, so that what the scheduler remembers still holds. */
  private readonly same: boolean;
  /** The step's entry of the run's own schedule. */
  private readonly oldIndex: number;

  /**
   * @param step steps that are done.
   * @param latents to go on with in place of the captured ones, of the whole clip.
   * @param leadingFrames latents that stand before the clip's: pictures that the run keeps to.
   * @throws {FrameloomError} `FL_CAPTURE_SCHEDULE` when an edit that keeps parts of its source is to go on with another schedule.
   */
  constructor(
    private readonly parts: RunParts,
    private readonly run: PreparedRun,
    private readonly step: number,
    private readonly latents: Tensor | undefined,
    readonly leadingFrames = 0,
  ) {
    const { record, store } = parts;
    const scheduler = run.newScheduler(this.strength);
    const { scheduler: old } = record.provenance.settings as unknown as RecordedSchedule;
    this.oldIndex = record.schedule.beginIndex + step - (record.branch?.step ?? 0);
    // Read anew: a run of an earlier version may lack settings that were added since.
    this.same =
      scheduler.className === old.name &&
      sameJson(scheduler.config, recordedScheduler(old).config) &&
      sameJson(scheduler.timesteps, record.schedule.timesteps);
    this.beginIndex = this.same ? this.oldIndex : beginOfStep(scheduler, nearestLevel(scheduler, record.schedule.sigmas[this.oldIndex]));
    if (!this.same && this.keepsSource) {
      throw new FrameloomError(
        'FL_CAPTURE_SCHEDULE',
        'This edit keeps parts of its source at the noise levels of its own schedule, so it cannot go on with another scheduler or number of steps. Leave scheduler and numInferenceSteps out, or edit anew.',
      );
    }
    const kept = store.all.get(nameOf('latents', step, 0))?.dims[0];
    const own = run.model.vae.latentFrames(paddedFrameCount(run, record.windows[0]!.end - record.windows[0]!.start));
    if (kept !== undefined && kept !== own + leadingFrames) {
      if (run.family.leadingLatents)
        throw new ArgumentError('referenceImages', `${leadingFrames} pictures`, `as many as the run had, ${kept - own}`);
      if (run.family.condition)
        throw new ArgumentError('conditions', 'given', 'those that the run had: others take other places before the clip');
    }
    if (latents) {
      const wanted = [latentWindows(record).at(-1)!.end, ...store.all.get(nameOf('latents', step, 0))!.dims.slice(1)];
      if (!sameJson(latents.dims, wanted))
        throw new ArgumentError('latents', latents.dims, `a tensor of shape [${wanted.join(', ')}], all frames of the run's latents`);
    }
  }

  /** Whether the run was an edit: its source may be shown. */
  get isEdit(): boolean {
    return this.parts.record.provenance.kind === 'edited';
  }

  /** The run's own settings. */
  get settings(): SteadySettings {
    return this.parts.record.provenance.settings;
  }

  /** Windows of frames, in order. */
  get windows(): readonly RunWindow[] {
    return this.parts.record.windows;
  }

  /** Denoising steps that are left. */
  get remaining(): number {
    return this.run.newScheduler(this.strength).timesteps.length - this.beginIndex;
  }

  /** Share of the schedule that an edit runs; undefined for generated clips. */
  private get strength(): number | undefined {
    return this.parts.record.schedule.strength;
  }

  /** Whether the edit keeps parts of its source by a mask. */
  get keepsSource(): boolean {
    return this.parts.store.has(nameOf('mask', 0, 0));
  }

  /** Puts scheduler and noise back to where they were after the step in this window. */
  async restore(window: number): Promise<Continued> {
    const { step, beginIndex } = this;
    const { store } = this.parts;
    const scheduler = this.run.newScheduler(this.strength);
    scheduler.setBeginIndex(beginIndex);
    const numbers = nameOf('stepsDone', step, window);
    if (this.same && store.has(numbers))
      scheduler.restore({ tensors: await this.history(window), numbers: [...(await store.get(numbers)).data] });
    const state = this.generatorState(window);
    if (state) this.run.generator.state = await store.bytes(state);
    const captured = await this.windowLatents(window);
    const latents = this.same ? captured : this.atLevelOf(scheduler, captured);
    return { scheduler, beginIndex, doneSteps: step, latents, keep: await this.keptRegion(scheduler, window) };
  }

  /** The source's frames of a window, as the edit saw them. @throws {FrameloomError} `FL_CAPTURE_SOURCE` when the source is gone. */
  async sourceFrames(window: number): Promise<Frame[]> {
    const { source, record } = this.parts;
    const { start, end } = this.windows[window]!;
    if (!source) throw captureErrors.needsSource();
    const scaled = await source.resize({
      width: record.width,
      height: record.height,
      fit: record.provenance.settings.fit as Fit | undefined,
    });
    const frames: Frame[] = [];
    for await (const frame of scaled.frames({ start, end, signal: this.run.options.signal })) frames.push(frame);
    if (frames.length < end - start) throw captureErrors.needsSource();
    return frames;
  }

  private async windowLatents(window: number): Promise<Tensor> {
    const { start, end } = latentWindows(this.parts.record)[window]!;
    const { leadingFrames } = this;
    const kept = () => this.parts.store.get(nameOf('latents', this.step, window));
    if (!this.latents) return leadingFirst(await kept(), leadingFrames);
    const given = padFrames(this.run, this.latents.slice(start, end));
    return leadingFrames === 0 ? given : concatenate([leadingFirst(await kept(), leadingFrames).slice(0, leadingFrames), given]);
  }

  private async history(window: number): Promise<Tensor[]> {
    const { store } = this.parts;
    const kept: Tensor[] = [];
    for (let name = nameOf('history0', this.step, window); store.has(name); name = nameOf(`history${kept.length}`, this.step, window))
      kept.push(leadingFirst(await store.get(name), this.leadingFrames));
    return kept;
  }

  /** The generator's state is kept only where noise was drawn since the step before. */
  private generatorState(window: number): string | undefined {
    for (let step = this.step; step >= 0; step--) {
      const name = nameOf('generator', step, window);
      if (this.parts.store.has(name)) return name;
    }
    return undefined;
  }

  /** Latents in the scale that the new scheduler works in: some add noise to the sample, others fade the sample out as well. */
  private atLevelOf(scheduler: Scheduler, latents: Tensor): Tensor {
    const { scheduler: recorded, numInferenceSteps } = this.parts.record.provenance.settings as unknown as RecordedSchedule;
    const old = recordedScheduler(recorded);
    const { model, size } = this.run;
    const [window] = this.windows;
    const told = model.timestepOptions(old, numInferenceSteps, { ...size, frames: window!.end - window!.start });
    old.setTimesteps(numInferenceSteps, { strength: this.strength, ...told });
    old.setBeginIndex(this.oldIndex);
    const timestep = old.timesteps[this.oldIndex];
    const next = scheduler.timesteps[this.beginIndex];
    if (timestep === undefined || next === undefined) return latents;
    const faded = old.scaleModelInput(latents, timestep);
    const [scale] = scheduler.scaleModelInput(new Tensor(Float32Array.of(1), [1]), next).data;
    return faded.map((value) => value / scale!);
  }

  private async keptRegion(scheduler: Scheduler, window: number): Promise<KeptRegion | undefined> {
    const { store } = this.parts;
    if (!this.keepsSource) return undefined;
    const outside: (Tensor | undefined)[] = scheduler.timesteps.map(() => undefined);
    for (let index = Math.min(this.beginIndex, outside.length - 1); index < outside.length; index++)
      outside[index] = await store.get(nameOf('outside', this.step + index - this.beginIndex + 1, window));
    const area = nameOf('area', 0, window);
    return { mask: await store.get(nameOf('mask', 0, window)), outside, ...(store.has(area) ? { area: await store.get(area) } : {}) };
  }
}

/** The entry of the schedule whose noise level is nearest, in ln σ; the end when no noise is left. */
function nearestLevel(scheduler: Scheduler, sigma: number | undefined): number {
  if (sigma === undefined) return scheduler.timesteps.length;
  const distances = scheduler.noiseLevels.map((level) => Math.abs(Math.log(level / sigma)));
  return distances.indexOf(Math.min(...distances));
}

/** A step of several calls is begun at its first. */
function beginOfStep({ order, timesteps }: Scheduler, index: number): number {
  return index === timesteps.length ? index : index - (index % order);
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
