import { randomBytes } from 'node:crypto';
import { ambientSignal } from '../../pipeline/core/index.js';
import { editingMethods } from '../../pipeline/editing/index.js';
import { codeOf, type CellOptions } from '../../pipeline/experiments/index.js';
import type { MadeVideo } from '../../pipeline/capture/index.js';
import type { LatentDiffusionModel } from '../../pipeline/pipelines/index.js';
import { scheduleNames, schedulerNames, type SigmaScheduleName } from '../../pipeline/schedulers/index.js';
import type { Video } from '../../pipeline/video/index.js';
import { TUNE_MIME, VIDEO_MIME } from '../../shared/outputs/index.js';
import type { Bundle, TunePayload, TuneValues, VideoPayload } from '../../shared/outputs/index.js';
import type { SideFolder } from '../sideFolder.js';
import { videoBundle } from '../videoBundle.js';

/** Forms that are remembered: each holds its clip. The oldest are forgotten. */
const MOST_FORMS = 20;

const forms = new Map<string, Tuning>();

/** The form of an id, if this process made it and has not forgotten it. */
export function tuningOf(id: string): Tuning | undefined {
  return forms.get(id);
}

/** What a form of `tune` holds now: its clip, and what made it. */
export class Tuning {
  /** @internal Names the form until it has a place. */
  id = `tune-${randomBytes(6).toString('hex')}`;
  private made: MadeVideo | undefined;
  private chosen: CellOptions;

  /** @internal Made by `tune`. */
  constructor(
    private readonly model: LatentDiffusionModel,
    private readonly input: Video | undefined,
    private readonly prompt: string,
    options: CellOptions,
  ) {
    this.chosen = options;
  }

  /** The clip that the form shows. */
  get video(): MadeVideo {
    return this.made!;
  }

  /** The options that made it. */
  get options(): CellOptions {
    return { ...this.chosen };
  }

  /** The call that makes it, to paste into a program. */
  get code(): string {
    return codeOf(this.input !== undefined, this.prompt, this.chosen);
  }

  /** @internal Makes the clip; nothing changes where that fails. */
  async make(options: CellOptions = this.chosen): Promise<void> {
    const { model, input, prompt } = this;
    const made = input ? await model.editVideo(input, prompt, options) : await model.generateVideo(prompt, options);
    this.made = made;
    // What was drawn at random stays until somebody asks for another.
    this.chosen = { ...options, seed: made.provenance!.seed };
  }

  /** @internal Makes the clip with what stands in the form. */
  async remake({ scheduler, schedule, steps, guidanceScale, seed, strength, method }: TuneValues): Promise<void> {
    const { scheduler: _, method: __, strength: ___, ...rest } = this.chosen;
    const named =
      schedule === '' ? scheduler : { name: scheduler || this.model.scheduler.className, schedule: schedule as SigmaScheduleName };
    await this.make({
      ...rest,
      ...(named === '' ? {} : { scheduler: named }),
      numInferenceSteps: steps,
      guidanceScale,
      seed,
      ...(this.input && strength !== undefined ? { strength } : {}),
      ...(this.input && method ? { method: method as keyof typeof editingMethods } : {}),
    });
  }

  /** @internal The form stands at this place from now on. */
  place(id: string): void {
    this.id = id;
    forms.set(id, this);
    for (const old of [...forms.keys()].slice(0, Math.max(0, forms.size - MOST_FORMS))) forms.delete(old);
  }

  /** @internal The form with its clip; elsewhere the clip and a sentence. */
  async bundle(sideFolder: SideFolder | undefined): Promise<Bundle> {
    const { [VIDEO_MIME]: clip, ...others } = await videoBundle(this.video, { source: this.input, sideFolder, signal: ambientSignal() });
    if (!sideFolder) return { 'text/plain': `${String(others['text/plain'])}\n${this.code}` };
    const payload: TunePayload = {
      type: 'tune',
      tuneId: this.id,
      prompt: this.prompt.slice(0, 2000),
      edits: this.input !== undefined,
      ownScheduler: this.model.scheduler.className.replace(/Scheduler$/, ''),
      schedulers: schedulerNames.filter((name) => name === name.toLowerCase()),
      schedules: scheduleNames,
      methods: Object.keys(editingMethods),
      values: this.values(),
      clip: clip as VideoPayload,
    };
    const sentence = '<p>In VS Code with the Frameloom kernel a form stands here, which makes the clip anew with other settings.</p>';
    return { [TUNE_MIME]: payload, ...others, 'text/html': `${String(others['text/html'])}${sentence}` };
  }

  /** What the form shows of the options and of the record. */
  private values(): TuneValues {
    const { settings, seed } = this.video.provenance!;
    const { scheduler, method } = this.chosen;
    const spec = typeof scheduler === 'object' && 'name' in scheduler ? scheduler : undefined;
    return {
      scheduler: typeof scheduler === 'string' ? scheduler : String(spec?.name ?? ''),
      schedule: String(spec?.schedule ?? ''),
      steps: Number(settings.numInferenceSteps),
      guidanceScale: typeof settings.guidanceScale === 'number' ? settings.guidanceScale : this.model.recommended.guidanceScale,
      seed,
      ...(this.input && typeof settings.strength === 'number' ? { strength: settings.strength } : {}),
      ...(this.input ? { method: typeof method === 'string' ? method : '' } : {}),
    };
  }
}
