import { join } from 'node:path';
import { nestsDeeper, readForeignText, type Frame } from '../core/index.js';
import { Video } from '../video/index.js';
import { asCaptureError, captureErrors } from './errors.js';
import { checkRecord } from './checkRecord.js';
import { checkTensors } from './checkTensors.js';
import type { RunRecord } from './record.js';
import type { DecodingModel, RunParts } from './runParts.js';
import { readSafetensors } from './safetensors.js';
import { FORMAT, RECORD_FILE, TENSOR_FILE } from './saveRun.js';
import { TensorStore } from './tensorStore.js';

/** A record of this size tells of a hundred thousand steps. */
const LONGEST_RECORD = 64 << 20;

/** Levels that its lists and objects nest; settings come to a handful. */
const DEEPEST_RECORD = 64;

/** Reads a saved run; {@link Run.load} is its face. Tensors stay in their file until they are asked for. */
export async function loadRun<Model extends DecodingModel>(folder: string, model: Model | undefined): Promise<RunParts<Model>> {
  const path = join(folder, RECORD_FILE);
  const record = await readRecord(path);
  if (model && model.name !== record.provenance.model) throw captureErrors.otherModel(record.provenance.model, model.name);
  const tensors = await readSafetensors(join(folder, TENSOR_FILE));
  checkTensors(join(folder, TENSOR_FILE), record, tensors);
  const store = new TensorStore(tensors);
  return { record, store, model, source: await savedClip(record, store, 'source'), result: await savedClip(record, store, 'result') };
}

async function readRecord(path: string): Promise<RunRecord> {
  const text = await readForeignText(path, LONGEST_RECORD).catch((problem: unknown) => {
    throw asCaptureError(path, problem);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw captureErrors.damaged(path, 'it is not JSON', cause);
  }
  const { format, formatVersion } = (parsed ?? {}) as { format?: unknown; formatVersion?: unknown };
  if (format !== FORMAT.format) throw captureErrors.damaged(path, 'it does not say that it is one');
  if (formatVersion !== FORMAT.formatVersion)
    throw captureErrors.damaged(
      path,
      `it has ${typeof formatVersion === 'number' ? `version ${formatVersion}` : 'no known version'} of the format, and this Frameloom reads version ${FORMAT.formatVersion}`,
    );
  if (nestsDeeper(parsed, DEEPEST_RECORD)) throw captureErrors.damaged(path, `it is nested more than ${DEEPEST_RECORD} levels deep`);
  return checkRecord(path, parsed as Record<string, unknown>);
}

/** The clip that was saved under `name`. */
async function savedClip({ fps, provenance }: RunRecord, store: TensorStore, name: 'source' | 'result'): Promise<Video | undefined> {
  if (!store.has(name)) return undefined;
  return Video.fromFrames(storedFrames(store, name), { fps, ...(name === 'result' ? { provenance } : {}) });
}

async function* storedFrames(store: TensorStore, name: string): AsyncGenerator<Frame> {
  const [frames, height, width] = store.all.get(name)!.dims as [number, number, number];
  for (let frame = 0; frame < frames; frame++) yield { data: await store.rows(name, frame, frame + 1), width, height };
}
