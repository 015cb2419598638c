import { readdir } from 'node:fs/promises';
import type { ModelSource } from '../onnx/index.js';
import type { ModelSchedule, SchedulerChoice } from '../schedulers/index.js';
import { chosenDevice } from './devices.js';
import { modelErrors } from './errors.js';
import type { RuntimeOptions } from './graphOptions.js';
import { readHeader } from './graphHeader.js';
import type { ModelContents, NetworkPart } from './modelContents.js';
import { isRunnableLtx, otherLtx } from './ltxKinds.js';
import { isRunnableWan, otherWan } from './wanKinds.js';
import { kindByClass, kindByInputs, kindByParts, whatRuns } from './modelKinds.js';
import { readSchedule } from './readSchedule.js';

/** Networks that must be there. */
const needed = ['text_encoder', 'unet', 'vae_decoder'] as const;

/**
 * Looks at a model without reading its weights, and refuses what could not be run.
 *
 * @param options how it is to be run, and by which scheduler where not by the model's own.
 * @returns how its noise is run.
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` with the name of the kind of model and what to do; `FL_MODEL_FILE_MISSING`,
 * `FL_MODEL_JSON`, `FL_MODEL_FILE`; `FL_MODEL_NOT_A_MODEL` for weights that are not read; `FL_CHECKPOINT_…` for weights that do not fit their settings.
 */
export async function checkModel(
  contents: ModelContents,
  options: RuntimeOptions & { scheduler?: SchedulerChoice } = {},
): Promise<ModelSchedule> {
  const { index, place, folder } = contents;
  const unsupported = (kind: string) => modelErrors.unsupported(`${place} is ${kind}, which Frameloom cannot run. ${whatRuns}`);
  const parts = folder === undefined ? [] : await readdir(folder).catch(() => []);
  if (folder !== undefined && parts.includes('transformer') && !parts.includes('text_encoder_2') && !parts.includes('model_index.json'))
    throw modelErrors.notAModel(
      `${place} has a transformer, but no model_index.json, which says what kind of model it is. Put that file there, too, from where the others came.`,
    );
  const kind =
    otherWan(index) ??
    otherLtx(index) ??
    kindByClass(typeof index._class_name === 'string' ? index._class_name : '') ??
    (isRunnableWan(index) || isRunnableLtx(index) ? undefined : kindByParts(parts));
  if (kind) throw unsupported(kind);
  const schedule = await readSchedule(contents, options.scheduler);
  const graphs = new Map<NetworkPart, ModelSource>();
  for (const part of needed) graphs.set(part, await requireGraph(contents, part));
  const encoder = await contents.graph('vae_encoder');
  if (encoder !== undefined) graphs.set('vae_encoder', encoder);

  const unet = readHeader(graphs.get('unet')!);
  const latentChannels = readHeader(graphs.get('vae_decoder')!)?.inputs.get('latent_sample')?.[1];
  const configured = (await contents.config('unet')).in_channels;
  const other =
    unet &&
    kindByInputs(
      unet.inputs,
      configured,
      typeof latentChannels === 'number' && latentChannels > 0 ? latentChannels : 4,
      typeof graphs.get('unet') !== 'string',
    );
  if (other) throw unsupported(other);
  // With `auto` the processor has to be able to.
  if (['cpu', 'auto'].includes(chosenDevice(options.device))) {
    for (const source of graphs.values()) requireCpuOperators(source);
  }
  return schedule;
}

/** A network's graph. @throws {FrameloomError} `FL_MODEL_FILE_MISSING`, `FL_MODEL_NOT_A_MODEL` where the model has none. */
export async function requireGraph(contents: Pick<ModelContents, 'graph' | 'missing'>, part: NetworkPart): Promise<ModelSource> {
  const graph = await contents.graph(part);
  if (graph !== undefined) return graph;
  throw await contents.missing(part);
}

/** @throws {FrameloomError} `FL_MODEL_LOAD` for a graph that was optimised for a GPU. */
function requireCpuOperators(source: ModelSource): void {
  if (typeof source !== 'string') return;
  const operators = readHeader(source)?.gpuOperators ?? [];
  if (operators.length > 0) throw modelErrors.gpuGraph(source, operators);
}
