import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { indexFields, unetFields } from './configFields.js';
import { modelErrors } from './errors.js';
import type { RuntimeOptions } from './graph.js';
import { readHeader } from './graphHeader.js';
import { exportAdvice } from './handedOver.js';
import { findGraph, hasGraph, type Json, readJson } from './modelFiles.js';
import type { ModelSchedule, SchedulerChoice } from '../schedulers/index.js';
import { kindByClass, kindByInputs, kindByParts, whatRuns } from './modelKinds.js';
import { readSchedule } from './readSchedule.js';

/** Parts whose graphs must be there. */
const parts = ['text_encoder', 'unet', 'vae_decoder'] as const;

/**
 * Looks at a model directory without reading its weights, and refuses what could not be run.
 *
 * @param options how it is to be run, and by which scheduler where not by the model's own.
 * @returns its `model_index.json`, empty where there is none, and how its noise is run.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` with the name of the kind of model and what to do; `FL_MODEL_FILE_MISSING`,
 * `FL_MODEL_JSON`, `FL_MODEL_FILE`; `FL_MODEL_NOT_A_MODEL` for weights that only PyTorch reads.
 */
export async function checkModelFolder(directory: string, options: RuntimeOptions & { scheduler?: SchedulerChoice } = {}): Promise<{ index: Json; schedule: ModelSchedule }> {
  const index = (await readJson(directory, 'model_index.json', indexFields)) ?? {};
  const folders = await readdir(directory).catch(() => []);
  const unsupported = (kind: string) => modelErrors.unsupported(`${directory} is ${kind}, which Frameloom cannot run. ${whatRuns}`);
  const kind = kindByClass(typeof index._class_name === 'string' ? index._class_name : '') ?? kindByParts(folders);
  if (kind) throw unsupported(kind);
  const schedule = await readSchedule(directory, index, options.scheduler);
  await requireGraphs(directory);

  const config = (await readJson(directory, 'unet/config.json', unetFields)) ?? {};
  const unet = readHeader(await findGraph(directory, 'unet'));
  const decoder = readHeader(await findGraph(directory, 'vae_decoder'));
  const latentChannels = decoder?.inputs.get('latent_sample')?.[1];
  const other = unet && kindByInputs(unet.inputs, config.in_channels, typeof latentChannels === 'number' && latentChannels > 0 ? latentChannels : 4);
  if (other) throw unsupported(other);
  if ((options.executionProviders ?? ['cpu']).every((provider) => provider === 'cpu')) await requireCpuOperators(directory);
  return { index, schedule };
}

async function requireGraphs(directory: string): Promise<void> {
  for (const part of parts) {
    if (await hasGraph(directory, part)) continue;
    // diffusers keeps encoder and decoder of the VAE in one folder.
    const names = await readdir(path.join(directory, part === 'vae_decoder' ? 'vae' : part)).catch(() => []);
    if (names.some((name) => /\.(safetensors|bin|msgpack|ckpt|pt)$/.test(name))) {
      throw modelErrors.notAModel(`${directory} holds weights for PyTorch (${part}/${names.find((name) => /\.(safetensors|bin|msgpack|ckpt|pt)$/.test(name))}), which Frameloom does not read. ${exportAdvice(directory)}`);
    }
    await findGraph(directory, part);
  }
}

async function requireCpuOperators(directory: string): Promise<void> {
  for (const part of [...parts, 'vae_encoder']) {
    if (!(await hasGraph(directory, part))) continue;
    const file = await findGraph(directory, part);
    const operators = readHeader(file)?.gpuOperators ?? [];
    if (operators.length > 0) throw modelErrors.gpuGraph(file, operators);
  }
}
