import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ambientSignal, AbortError, FrameloomError, Draft, throwIfAborted } from '../core/index.js';
import type { Fit, Video } from '../video/index.js';
import { captureErrors } from './errors.js';
import type { RunParts } from './runParts.js';
import { type TensorToWrite, writeSafetensors } from './safetensors.js';
import type { TensorStore } from './tensorStore.js';

/** Options of `run.save`. */
export interface SaveRunOptions {
  /** Replace a run that is there already. */
  overwrite?: boolean;
  /** Ends the writing and removes what was written. */
  signal?: AbortSignal;
}

/** File of everything but tensors. */
export const RECORD_FILE = 'run.json';
/** File of the tensors. */
export const TENSOR_FILE = 'tensors.safetensors';
/** What the record says it is. */
export const FORMAT = { format: 'frameloom-run', formatVersion: 1 } as const;

/** Writes a run to a folder, which appears complete or not at all; {@link Run.save} is its face. */
export async function saveRun(
  { record, store, source, result }: RunParts,
  folder: string,
  { overwrite = false, signal = ambientSignal() }: SaveRunOptions,
): Promise<void> {
  const target = resolve(folder);
  const parent = await stat(dirname(target)).catch(() => undefined);
  if (!parent?.isDirectory())
    throw captureErrors.output(target, `the folder ${JSON.stringify(dirname(target))} does not exist; create it first`);
  await requireFree(target, overwrite);
  const draft = new Draft(target);
  try {
    await mkdir(draft.path);
    const { width, height } = record;
    const size = { width, height, fit: record.provenance.settings.fit as Fit | undefined };
    const clips = [
      ...(await framesToWrite('result', result, signal)),
      ...(await framesToWrite('source', await source?.resize(size), signal)),
    ];
    await writeSafetensors(
      join(draft.path, TENSOR_FILE),
      [...clips.filter(({ dims }) => dims[0] === record.windows.at(-1)?.end), ...storedTensors(store, signal)],
      { format: 'frameloom', run: record.id },
    );
    await writeFlushed(join(draft.path, RECORD_FILE), `${JSON.stringify({ ...FORMAT, ...record })}\n`);
    throwIfAborted(signal, 'Saving the run');
    await draft.commit();
  } finally {
    await draft.discard();
  }
}

/** @throws {FrameloomError} `FL_CAPTURE_EXISTS` unless the folder is new, empty, or a run that may be replaced. */
async function requireFree(target: string, overwrite: boolean): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (!there) return;
  const names = there.isDirectory() ? await readdir(target) : undefined;
  if (names?.length === 0) return;
  const isRun = names?.every((name) => name === RECORD_FILE || name === TENSOR_FILE) ?? false;
  if (!isRun || !overwrite) throw captureErrors.exists(target, isRun);
}

function storedTensors(store: TensorStore, signal: AbortSignal | undefined): TensorToWrite[] {
  return [...store.all].map(([name, { type, dims }]) => ({
    name,
    type,
    dims,
    bytes: () => {
      throwIfAborted(signal, 'Saving the run');
      return store.bytes(name);
    },
  }));
}

/** Frames of a clip as `[frames, height, width, 3]`; of one that was closed or moved away since the run, none. */
async function framesToWrite(name: string, clip: Video | undefined, signal: AbortSignal | undefined): Promise<TensorToWrite[]> {
  const readable = await clip?.frame(0, signal).catch((error: unknown) => {
    if (!(error instanceof FrameloomError) || error instanceof AbortError) throw error;
  });
  if (!clip || !readable) return [];
  async function* bytes() {
    for await (const { data } of clip!.frames({ signal })) yield data;
  }
  return [{ name, type: 'U8', dims: [clip.frameCount ?? 0, clip.height, clip.width, 3], bytes }];
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
