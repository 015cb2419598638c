import path from 'node:path';
import { number, type OptionCheck, wholeNumber } from '../core/index.js';
import { chosenScheduler, pathOfModel } from '../schedulers/index.js';
import { modelErrors } from './errors.js';
import { type Json, readJson } from './modelFiles.js';
import type { RecommendedSettings } from './recommendedSettings.js';

/** How much time a run may take, in plain words: a look, the usual, as good as the model can. */
export type Quality = 'draft' | 'balanced' | 'best';

/** Every {@link Quality}, the quickest first. */
export const qualities: readonly Quality[] = ['draft', 'balanced', 'best'];

/** What a run is for: presets differ, since an edit runs a part of the steps, and may have to run them backwards. */
export type QualityPurpose = 'generate' | 'edit';

/** What a word of quality stands for with one model. */
export interface QualityPreset {
  /** Sampler, by a name that `scheduler` takes; undefined for the model's own. */
  readonly scheduler: string | undefined;
  /** Denoising steps. */
  readonly numInferenceSteps: number;
  /** Numbers that were measured with these settings, by the names that `compareSchedulers` has for them; empty where nobody measured. */
  readonly measured: Readonly<Record<string, number>>;
}

/** Presets by purpose and quality. */
export type QualityPresets = Readonly<Record<QualityPurpose, Readonly<Record<Quality, QualityPreset>>>>;

/** What a model's `presets.json` says; purposes that it leaves out follow the field's habits. */
export interface WrittenPresets extends Partial<QualityPresets> {
  /** How the numbers were measured, for people. */
  readonly about?: string | undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isPreset(value: unknown): boolean {
  if (!isObject(value) || wholeNumber(1, 1000)(value.num_inference_steps, 'num_inference_steps') !== undefined) return false;
  const { scheduler, measured } = value;
  return (
    (scheduler === undefined || (typeof scheduler === 'string' && scheduler.length < 200)) &&
    (measured === undefined ||
      (isObject(measured) && Object.values(measured).every((each) => number(-1e9, 1e9)(each, 'measured') === undefined)))
  );
}

const purpose: OptionCheck = (value) =>
  isObject(value) && qualities.every((quality) => isPreset(value[quality]))
    ? undefined
    : 'an object with draft, balanced and best, each with num_inference_steps (1 to 1000) and, if any, scheduler (a name) and measured (numbers)';

/** What `presets.json` holds. */
const presetFields: Readonly<Record<string, OptionCheck>> = {
  generate: purpose,
  edit: purpose,
  about: (value) => (typeof value === 'string' && value.length < 2000 ? undefined : 'a sentence on how the numbers were measured'),
};

/**
 * Reads `presets.json` of a model directory; undefined where there is none.
 *
 * @throws {FrameloomError} `FL_MODEL_JSON`, `FL_MODEL_FILE`.
 */
export async function loadPresets(directory: string): Promise<WrittenPresets | undefined> {
  const json = await readJson(directory, 'presets.json', presetFields);
  if (!json) return undefined;
  const read = (name: QualityPurpose) => (json[name] === undefined ? {} : { [name]: presetsOf(json[name] as Record<Quality, Json>) });
  return { ...read('generate'), ...read('edit'), about: json.about as string | undefined };
}

function presetsOf(written: Readonly<Record<Quality, Json>>): Readonly<Record<Quality, QualityPreset>> {
  const read = ({ scheduler, num_inference_steps: steps, measured }: Json): QualityPreset => ({
    scheduler: scheduler as string | undefined,
    numInferenceSteps: steps as number,
    measured: (measured ?? {}) as Record<string, number>,
  });
  return { draft: read(written.draft), balanced: read(written.balanced), best: read(written.best) };
}

/** Models that need no more steps than this are distilled: more spoil them. */
const DISTILLED_STEPS = 8;

/**
 * Presets of a model that nobody measured, from what is recommended for it: distilled ones (LCM, Turbo, Lightning) run half, all and twice
 * their steps; others half with a solver that takes larger steps (DPM-Solver++ 2M, Lu et al. 2022), all, and twice. Edits keep the model's
 * own scheduler, which methods may have to run backwards; so do models of another noise path than Stable Diffusion's.
 *
 * @param schedulerConfig the model's `scheduler_config.json`.
 */
export function habitualPresets({ numInferenceSteps: steps }: RecommendedSettings, schedulerConfig: Json): QualityPresets {
  const preset = (numInferenceSteps: number, scheduler?: string): QualityPreset => ({ scheduler, numInferenceSteps, measured: {} });
  const half = Math.max(1, Math.ceil(steps / 2));
  const own = { draft: preset(half), balanced: preset(steps), best: preset(2 * steps) };
  const solves = steps > DISTILLED_STEPS && (pathOfModel(schedulerConfig) ?? 'diffusion') === 'diffusion';
  return { generate: solves ? { ...own, draft: preset(half, 'dpmpp_2m') } : own, edit: own };
}

/**
 * @throws {FrameloomError} where a preset names a scheduler that this model cannot run; `FL_MODEL_JSON` where one of edits cannot be run
 * backwards, as some methods have to.
 */
export function checkPresets(presets: WrittenPresets, schedulerConfig: Json, directory: string): void {
  for (const purpose of ['generate', 'edit'] as const)
    for (const [quality, { scheduler }] of Object.entries(presets[purpose] ?? {})) {
      const chosen = scheduler === undefined ? undefined : chosenScheduler(scheduler, schedulerConfig);
      if (purpose === 'edit' && chosen && !chosen.inverse()) {
        const file = path.join(directory, 'presets.json');
        throw modelErrors.badField(
          file,
          `edit.${quality}.scheduler`,
          scheduler,
          'one that can be run backwards, such as ddim, or left out',
        );
      }
    }
}
