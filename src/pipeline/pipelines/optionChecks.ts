import { ArgumentError, checkOptions, number, type OptionChecks, wholeNumber } from '../core/index.js';
import {
  checkContextOptions,
  diffusionChecks,
  type DiffusionOptions,
  freeInitCheck,
  freeNoiseCheck,
  promptToPromptCheck,
} from '../diffusion/index.js';
import {
  allMethods,
  commonEditChecks,
  type EditingMethod,
  type EditVideoOptions,
  findMethod,
  foreignOptions,
  methodCheck,
  methodChecks,
  optionsOf,
  requireByFrame,
  settingChecks,
} from '../editing/index.js';
import { deflickerDistance } from '../video/index.js';
import type { GenerateVideoOptions } from './options.js';

const generateVideoChecks: OptionChecks<GenerateVideoOptions> = {
  ...diffusionChecks,
  numFrames: wholeNumber(1, 1024),
  fps: number(0.1, 240),
  deflicker: deflickerDistance,
  freeInit: freeInitCheck,
  promptToPrompt: promptToPromptCheck,
  freeNoise: freeNoiseCheck,
};

const editVideoChecks: OptionChecks<EditVideoOptions> = {
  ...commonEditChecks,
  ...methodChecks,
  method: methodCheck,
};

/** @throws {ArgumentError} for an option of `generateVideo` that does not exist or cannot be used. */
export function checkGenerateVideoOptions(options: GenerateVideoOptions): void {
  checkOptions('generateVideo', options, generateVideoChecks);
  checkContextOptions(options);
  const { freeInit, promptToPrompt } = options;
  if (freeInit && promptToPrompt)
    throw new ArgumentError('freeInit', freeInit, 'left out with promptToPrompt, whose two clips are made from one noise in one pass');
}

/** @throws {ArgumentError} for an option of `editVideo` that does not exist or cannot be used. */
export function checkEditVideoOptions(options: EditVideoOptions): void {
  const own: Partial<EditingMethod> | undefined = typeof options?.method === 'object' ? options.method : undefined;
  const ownChecks = own?.options ? settingChecks(own as EditingMethod) : {};
  checkOptions<object>('editVideo', options, { ...editVideoChecks, ...ownChecks });
  checkContextOptions(options);
  refuseContradictions(options);
  if (options.method === undefined) return;
  const method = typeof options.method === 'string' ? findMethod(options.method) : options.method;
  refuseForeignOptions(options, method);
  requireByFrame(method, options);
}

/** @throws {ArgumentError} for options that exclude each other. */
function refuseContradictions({ crop, mask, resolution, capture, shard, seed, camera }: EditVideoOptions): void {
  if (camera && (mask || crop !== undefined || resolution === 'source'))
    throw new ArgumentError(
      'camera',
      'given',
      "left out with a mask, crop or the source's resolution: they are places of the source, which the camera leaves. Move the clip first, and edit the result",
    );
  if (camera && capture)
    throw new ArgumentError('camera', 'given', 'left out where steps are captured: a run goes on with the source as it is');
  if (camera && (camera.t0 !== undefined || camera.t1 !== undefined))
    throw new ArgumentError('camera', 'given', 'given without t0 and t1 where a clip is edited: they are steps of generating');
  if (crop !== undefined && !mask) throw new ArgumentError('crop', crop, 'left out where there is no mask to work around');
  if (crop !== undefined && resolution === 'model')
    throw new ArgumentError('resolution', resolution, '"source", or left out, with crop: what was cut out is put back into the source');
  if (capture && (crop !== undefined || resolution === 'source'))
    throw new ArgumentError(
      'capture',
      capture,
      "left out where the result has the source's size: a run goes on at the size it was worked at",
    );
  if (shard && seed === undefined)
    throw new ArgumentError('seed', seed, 'a whole number with shard, the same for every part: all have to draw the same noise');
  if (shard && capture) throw new ArgumentError('capture', capture, 'left out with shard: a part is no run of its own to go on with');
}

/** @throws {ArgumentError} for an option of another method than the one that is named: it would say nothing. */
function refuseForeignOptions(options: EditVideoOptions, method: EditingMethod): void {
  const [foreign] = foreignOptions(method, options);
  if (foreign === undefined) return;
  const of = allMethods.filter((each) => optionsOf(each).some(([name]) => name === foreign)).map(({ name }) => `"${name}"`);
  const own = optionsOf(method).map(([name]) => `"${name}"`);
  throw new ArgumentError(
    foreign,
    options[foreign as keyof EditVideoOptions],
    'left out',
    `The method "${method.name}" has no option "${foreign}"; it is one of ${of.join(' and ')}. ${own.length === 0 ? `"${method.name}" has none of its own` : `Those of "${method.name}" are ${own.join(', ')}`}.`,
  );
}

/** @throws {ArgumentError} for an option of `rerun` that does not exist or cannot be used. */
export function checkRerunOptions(options: DiffusionOptions): void {
  checkOptions('rerun', options, diffusionChecks);
}

/** Options that no record decides: they belong to whoever makes the run. Scheduler, seed and negative prompt are recorded apart. */
const callersOwn = [
  'callbackOnStepEnd',
  'signal',
  'onProgress',
  'onNotice',
  'capture',
  'resumable',
  'stopwatch',
  'shared',
  'quality',
  'scheduler',
  'seed',
  'negativePrompt',
  'mask',
  'controlClip',
  'referenceImages',
  'conditions',
];

/**
 * Those of a record's settings that are options of the call that made it; a record also tells what was found out. The record comes
 * out of a file that anyone may have made.
 *
 * @throws {ArgumentError} for a setting that the call could not have had.
 */
export function recordedOptions(kind: 'edited' | 'generated', settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const checks = kind === 'edited' ? editVideoChecks : generateVideoChecks;
  const recorded = Object.fromEntries(
    Object.entries(settings).filter(([name]) => Object.hasOwn(checks, name) && !callersOwn.includes(name)),
  );
  checkOptions<object>(kind === 'edited' ? 'editVideo' : 'generateVideo', recorded, checks);
  return recorded;
}

/** The seed and the negative prompt of a record. @throws {ArgumentError} for those that no run could have had. */
export function recordedSeed({ seed, negativePrompt }: { readonly seed: number; readonly negativePrompt?: string | undefined }): {
  seed: number;
  negativePrompt: string | undefined;
} {
  checkOptions('rerun', { seed, negativePrompt }, diffusionChecks as OptionChecks<{ seed: number; negativePrompt: string | undefined }>);
  return { seed, negativePrompt };
}
