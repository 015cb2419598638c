import { open } from 'node:fs/promises';
import { nestsDeeper, requirePlainFile } from '../core/index.js';
import { asCaptureError, captureErrors } from './errors.js';
import { bytesPerValue, type StoredTensor, type StoredType } from './tensorStore.js';

/*
 * The file format of Hugging Face's safetensors: 8 bytes with the header's length (little-endian), a JSON header that names
 * every tensor with type, shape and place, then the tensors' bytes without gaps.
 */

/** Longest header that is read; names of a hundred thousand tensors fit. */
const LONGEST_HEADER = 16 << 20;

/** A tensor to be written. */
export interface TensorToWrite {
  /** Its name in the file. */
  name: string;
  /** Its element type. */
  type: StoredType;
  /** Its shape. */
  dims: readonly number[];
  /** Its bytes, little-endian, in one piece or several. */
  bytes: () => AsyncIterable<Uint8Array> | Promise<Uint8Array>;
}

/**
 * Writes a file of tensors, one after the other, so that memory does not grow with it; flushed to the drive.
 *
 * @throws {FrameloomError} `FL_CAPTURE_DISK_FULL`.
 */
export async function writeSafetensors(path: string, tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Promise<void> {
  // Large elements first, so that every tensor begins at a multiple of its element's size.
  const ordered = [...tensors].sort((a, b) => bytesPerValue[b.type] - bytesPerValue[a.type]);
  let end = 0;
  const described = ordered.map(({ name, type, dims }) => {
    const begin = end;
    end += byteLengthOf(type, dims);
    return [name, { dtype: type, shape: dims, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(described) });
  const header = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));

  const file = await open(path, 'wx');
  try {
    await writeAll(file, length);
    await writeAll(file, header);
    for (const { name, type, dims, bytes } of ordered) {
      let written = 0;
      const given = bytes();
      for await (const piece of given instanceof Promise ? [await given] : given) {
        await writeAll(file, piece);
        written += piece.byteLength;
      }
      if (written !== byteLengthOf(type, dims)) throw captureErrors.changed(name);
    }
    await file.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw captureErrors.driveFull(path, error);
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * The tensors of a file, whose bytes stay in it. The file may come from anywhere, so every field is checked: types, shapes,
 * places without gap or overlap, up to the last byte.
 *
 * @throws {FrameloomError} `FL_CAPTURE_NOT_FOUND`, `FL_CAPTURE_DAMAGED`.
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const { size } = await requirePlainFile(path).catch((problem: unknown) => {
    throw asCaptureError(path, problem);
  });
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw captureErrors.notReadable(path, cause);
  });
  try {
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    const length = size < 8 ? 0n : start.readBigUInt64LE();
    if (length < 2n || length > BigInt(Math.min(LONGEST_HEADER, size - 8))) throw captureErrors.damaged(path, `its header claims ${length} bytes of ${size}`);
    const header = Buffer.alloc(Number(length));
    const { bytesRead } = await file.read(header, 0, header.length, 8);
    if (bytesRead < header.length) throw captureErrors.damaged(path, 'it ends within its header');
    return entriesOf(path, parseHeader(path, header), 8 + header.length, size);
  } finally {
    await file.close();
  }
}

function parseHeader(path: string, header: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && !nestsDeeper(parsed, 8)) return parsed as Record<string, unknown>;
  } catch (cause) {
    throw captureErrors.damaged(path, 'its header is not JSON', cause);
  }
  throw captureErrors.damaged(path, 'its header is not an object that names tensors');
}

function entriesOf(path: string, header: Record<string, unknown>, dataStart: number, size: number): Map<string, StoredTensor> {
  const places: { begin: number; end: number }[] = [];
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    const fail = (problem: string) => captureErrors.damaged(path, `tensor ${JSON.stringify(name.slice(0, 80))} ${problem}`);
    if (typeof dtype !== 'string' || !Object.hasOwn(bytesPerValue, dtype)) throw fail(`has the type ${typeof dtype === 'string' ? JSON.stringify(dtype.slice(0, 20)) : 'without a name'}, and only ${Object.keys(bytesPerValue).join(', ')} are read`);
    if (!Array.isArray(shape) || shape.length > 8 || !isCounts(shape)) throw fail('has no shape');
    if (!Array.isArray(offsets) || offsets.length !== 2 || !isCounts(offsets)) throw fail('has no place in the file');
    const [begin, end] = offsets as [number, number];
    const type = dtype as StoredType;
    if (byteLengthOf(type, shape) !== end - begin) throw fail(`of shape [${shape.join(', ')}] cannot take ${end - begin} bytes`);
    places.push({ begin, end });
    tensors.set(name, { type, dims: shape, byteLength: end - begin, at: { file: path, offset: dataStart + begin } });
  }
  let covered = 0;
  for (const { begin, end } of places.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) throw captureErrors.damaged(path, 'its tensors overlap or leave gaps');
    covered = end;
  }
  if (dataStart + covered !== size) throw captureErrors.damaged(path, `it has ${size} bytes, but its tensors end at ${dataStart + covered}`);
  return tensors;
}

function byteLengthOf(type: StoredType, dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, bytesPerValue[type]);
}

/** Whole numbers from 0 on that are exact. */
function isCounts(value: readonly unknown[]): value is readonly number[] {
  return value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten;
}
