import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { cpus, endianness } from 'node:os';
import path from 'node:path';
import type { ModelSource, OnnxModel } from '../onnx/index.js';
import type { Feed } from './elementTypes.js';
import type { SessionOptions } from './graphOptions.js';
import { runtimeVersion } from './onnxRuntime.js';
import type { SessionSettings } from './sessionSettings.js';

/** What decides, beside its inputs, what a graph computes. */
export interface GraphMaking {
  /** What it was loaded from. */
  readonly source: ModelSource;
  /** The `ModelProto` that was made of it, where it was rewritten. */
  readonly rewritten: Uint8Array | undefined;
  /** How ONNX Runtime prepared it. */
  readonly settings: SessionSettings;
  /** Threads and device that it runs by. */
  readonly options: Pick<SessionOptions, 'threads' | 'device'>;
}

/**
 * A digest of all that decides which numbers a graph gives for its inputs: its nodes, the files of its weights (by place, size and the times of their last change, of which
 * the file system keeps one that nobody can set), and what they run by, since another kernel of the processor may round otherwise.
 *
 * @param structure reads its structure, where its file is needed for that.
 * @returns undefined where that cannot be told: a file of its weights is gone.
 */
export function graphIdentity({ source, rewritten, settings, options }: GraphMaking, structure: () => OnnxModel): string | undefined {
  try {
    const hash = createHash('sha256');
    const { device = 'cpu', threads } = options;
    const machine = [process.arch, endianness(), cpus()[0]?.model, runtimeVersion()];
    hash.update(JSON.stringify(['graph 1', ...machine, device, threads, settings, weightsOf(source, structure).map(stampOf)]));
    const bytes = rewritten ?? (typeof source === 'string' ? undefined : source.bytes);
    if (bytes) hash.update(bytes);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** A digest of one call: of the graph, what it is fed, and which outputs are asked for. */
export function callKey(identity: string, feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): string {
  const hash = createHash('sha256').update(`${identity}\0${JSON.stringify(fetches)}`);
  for (const name of Object.keys(feeds).sort()) {
    const { data, dims } = feeds[name]!;
    const values = data instanceof Float32Array ? data : Float64Array.from(data);
    hash.update(`\0${JSON.stringify([name, dims, values.BYTES_PER_ELEMENT])}\0`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** The files that its weights are in. */
function weightsOf(source: ModelSource, structure: () => OnnxModel): string[] {
  if (typeof source !== 'string') return source.files.map(({ file }) => file);
  const folder = path.dirname(source);
  const external = structure().initializers.flatMap(({ external, elsewhere }) => (external ? [path.join(folder, elsewhere!.file)] : []));
  return [source, ...new Set(external)];
}

/** A file as it is now. A change of its content changes the last of these, whatever it is copied with. */
function stampOf(file: string): readonly string[] {
  const place = realpathSync(file);
  const { size, mtimeNs, ctimeNs } = statSync(place, { bigint: true });
  return [place, String(size), String(mtimeNs), String(ctimeNs)];
}
