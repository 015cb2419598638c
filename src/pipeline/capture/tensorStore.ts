import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Tensor, createPrivateFolder, type PrivateFolder } from '../core/index.js';
import { captureErrors } from './errors.js';
import { fromFloat16, toFloat16 } from './float16.js';

/** How values are kept, as safetensors names it: exactly, at half precision, or as bytes (pictures, states). */
export type StoredType = 'F32' | 'F16' | 'U8';

/** Bytes of one value. */
export const bytesPerValue: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, U8: 1 };

/** A tensor of the store; its bytes are in memory, or in a file. */
export interface StoredTensor {
  /** How its values are kept. */
  readonly type: StoredType;
  /** Its shape. */
  readonly dims: readonly number[];
  /** Length in bytes. */
  readonly byteLength: number;
  /** Where its bytes are. */
  readonly at: Uint8Array | { readonly file: string; readonly offset: number };
}

/** Bytes that a run keeps in memory before the rest goes to a private temporary file. */
export const SPILL_THRESHOLD = 64 << 20;

/** Removes the files of stores that were forgotten rather than closed. */
const forgotten = new FinalizationRegistry<PrivateFolder>((folder) => void folder.remove());

/** Tensors by name: the first {@link SPILL_THRESHOLD} bytes in memory, what comes after in a private temporary file. */
export class TensorStore {
  private readonly entries: Map<string, StoredTensor>;
  private inMemory = 0;
  private written = 0;
  private folder: Promise<PrivateFolder> | undefined;
  private closed = false;

  /** @param entries tensors that are there already, such as those of a saved run. */
  constructor(
    entries: Iterable<readonly [string, StoredTensor]> = [],
    private readonly threshold = SPILL_THRESHOLD,
  ) {
    this.entries = new Map(entries);
  }

  /** Names and places of all tensors. */
  get all(): ReadonlyMap<string, StoredTensor> {
    return this.entries;
  }

  /** Bytes kept, in memory and on disk. */
  get byteLength(): number {
    return [...this.entries.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Whether there is a tensor of this name. @throws {FrameloomError} `FL_CAPTURE_CLOSED`. */
  has(name: string): boolean {
    if (this.closed) throw captureErrors.closed();
    return this.entries.has(name);
  }

  /** Keeps a copy of a tensor, rounded to the given type. */
  put(name: string, { data, dims }: Tensor, type: 'F32' | 'F16'): Promise<void> {
    const values = type === 'F16' ? toFloat16(data) : data.slice();
    return this.putBytes(name, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dims, type);
  }

  /**
   * Keeps bytes as they are; they must not be changed afterwards.
   *
   * @throws {FrameloomError} `FL_CAPTURE_DISK_FULL`.
   */
  async putBytes(name: string, bytes: Uint8Array, dims: readonly number[], type: StoredType = 'U8'): Promise<void> {
    const { byteLength } = bytes;
    const stays = this.inMemory + byteLength <= this.threshold;
    if (stays) this.inMemory += byteLength;
    this.entries.set(name, { type, dims, byteLength, at: stays ? bytes : await this.spill(bytes) });
  }

  /** A tensor in float32; `U8` comes as 0 … 255. */
  async get(name: string): Promise<Tensor> {
    const { type, dims } = this.entry(name);
    return new Tensor(valuesOf(await this.bytes(name), type), dims);
  }

  /** The bytes of a tensor, little-endian; to be read, never written. @throws {FrameloomError} `FL_CAPTURE_CLOSED`, `FL_CAPTURE_DAMAGED`. */
  async bytes(name: string): Promise<Uint8Array> {
    return this.read(this.entry(name), name);
  }

  /** Rows of the first axis, as {@link bytes}: frames of stored pictures. */
  rows(name: string, start: number, end: number): Promise<Uint8Array> {
    const { byteLength, dims, ...entry } = this.entry(name);
    const row = byteLength / (dims[0] || 1);
    const { at } = entry;
    const part = at instanceof Uint8Array ? at.subarray(start * row, end * row) : { ...at, offset: at.offset + start * row };
    return this.read({ ...entry, dims, byteLength: (end - start) * row, at: part }, name);
  }

  /** Frees the memory and removes the temporary file. Closing twice does no harm. */
  async close(): Promise<void> {
    this.closed = true;
    this.entries.clear();
    forgotten.unregister(this);
    await (await this.folder)?.remove();
  }

  private async read({ at, byteLength }: StoredTensor, name: string): Promise<Uint8Array> {
    if (at instanceof Uint8Array) return at;
    const bytes = new Uint8Array(byteLength);
    const file = await open(at.file, 'r').catch((cause: unknown) => {
      throw captureErrors.notReadable(at.file, cause);
    });
    try {
      // One read gives less than it was asked for when it likes, and never more than 2 GB.
      for (let read = 0; read < byteLength;) {
        const { bytesRead } = await file.read(bytes, read, Math.min(byteLength - read, 2 ** 30), at.offset + read);
        if (bytesRead === 0) throw captureErrors.damaged(at.file, `it ends within ${JSON.stringify(name)}`);
        read += bytesRead;
      }
    } finally {
      await file.close();
    }
    return bytes;
  }

  private entry(name: string): StoredTensor {
    const entry = this.entries.get(name);
    if (this.closed) throw captureErrors.closed();
    if (!entry) throw captureErrors.incomplete(name);
    return entry;
  }

  private async spill(bytes: Uint8Array): Promise<{ file: string; offset: number }> {
    this.folder ??= createPrivateFolder().then((made) => (forgotten.register(this, made, this), made));
    const { path } = await this.folder;
    const place = { file: join(path, 'capture.bin'), offset: this.written };
    const file = await open(place.file, 'a', 0o600);
    try {
      for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw captureErrors.driveFull(path, error);
      throw error;
    } finally {
      await file.close();
    }
    this.written += bytes.byteLength;
    return place;
  }
}

function valuesOf(bytes: Uint8Array, type: StoredType): Float32Array {
  // Views need aligned memory, and the caller may write into what it gets.
  const aligned = bytes.slice().buffer;
  if (type === 'F32') return new Float32Array(aligned);
  return type === 'F16' ? fromFloat16(new Uint16Array(aligned)) : Float32Array.from(bytes);
}
