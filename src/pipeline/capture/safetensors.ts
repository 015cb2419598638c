import { open } from 'node:fs/promises';
import { ForeignFileProblem, readSafetensorsHeader, safetensorsByteLength, SafetensorsProblem } from '../core/index.js';
import { asCaptureError, captureErrors } from './errors.js';
import { bytesPerValue, type StoredTensor, type StoredType } from './tensorStore.js';

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
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  // Large elements first, so that every tensor begins at a multiple of its element's size.
  const ordered = [...tensors].sort((a, b) => bytesPerValue[b.type] - bytesPerValue[a.type]);
  let end = 0;
  const described = ordered.map(({ name, type, dims }) => {
    const begin = end;
    end += safetensorsByteLength(type, dims);
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
      if (written !== safetensorsByteLength(type, dims)) throw captureErrors.changed(name);
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
 * The tensors of a file, whose bytes stay in it. The file may come from anywhere: see {@link readSafetensorsHeader}.
 *
 * @throws {FrameloomError} `FL_CAPTURE_NOT_FOUND`, `FL_CAPTURE_DAMAGED`.
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const { tensors } = await readSafetensorsHeader(path, Object.keys(bytesPerValue) as StoredType[]).catch((problem: unknown) => {
    if (problem instanceof SafetensorsProblem) throw captureErrors.damaged(path, problem.phrase, problem.cause);
    throw problem instanceof ForeignFileProblem ? asCaptureError(path, problem) : captureErrors.notReadable(path, problem);
  });
  return new Map(
    [...tensors].map(([name, { type, dims, byteLength, file, offset }]) => [name, { type, dims, byteLength, at: { file, offset } }]),
  );
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten;
}
