import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { CallWork } from './callKeeper.js';
import { Tensor } from './tensor.js';

/*
 * Tensors in a file, under a key: four letters, the length of a JSON header that names the tensors, the header, their bytes, and the SHA-256 of all of it. What was
 * damaged, cut off or written by anybody who did not mean it is not believed. Records may stand one behind the other.
 */

/** Named tensors under a key. */
export interface TensorRecord {
  /** What they are known by: a digest. */
  readonly key: string;
  /** What it took to compute them. */
  readonly work: CallWork;
  /** The tensors by name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A record that lies in a file, as far as its header says; whether it is whole, reading it tells. */
export interface RecordPlace {
  /** Its key. */
  readonly key: string;
  /** What it took to compute its tensors. */
  readonly work: CallWork;
  /** Where in the file it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** What a header says. */
interface Header {
  key: string;
  work: CallWork;
  tensors: [name: string, dims: readonly number[]][];
}

const MAGIC = Buffer.from('FLT2');
const DIGEST_BYTES = 32;

/** Longest header that is read; one tensor takes a hundred bytes. */
const LONGEST_HEADER = 1 << 20;

/** Bytes that tensors take in a record, at least. */
export function recordBytes(tensors: Readonly<Record<string, Tensor>>): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** A record as the bytes of a file. */
export function encodeTensorRecord({ key, work, tensors }: TensorRecord): Buffer {
  const named = Object.entries(tensors);
  const header: Header = { key, work, tensors: named.map(([name, { dims }]) => [name, dims]) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const parts = [MAGIC, length, text, ...named.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

/**
 * Where the record that begins at `start` lies.
 *
 * @param size of the file. @returns undefined where no record begins, or its end is missing.
 */
export async function findTensorRecord(file: FileHandle, start: number, size: number): Promise<RecordPlace | undefined> {
  const found = await readHeader(file, start, size);
  return found && { key: found.header.key, work: found.header.work, start, end: found.end };
}

/** Reads a record. @returns undefined for one that is not, byte for byte, what was written. */
export async function readTensorRecord(file: FileHandle, start: number, size: number): Promise<TensorRecord | undefined> {
  const found = await readHeader(file, start, size);
  if (!found) return undefined;
  const bytes = await readBytes(file, start, found.end - start);
  const content = bytes?.subarray(0, -DIGEST_BYTES);
  if (!bytes || !createHash('sha256').update(content!).digest().equals(bytes.subarray(-DIGEST_BYTES))) return undefined;
  const tensors: Record<string, Tensor> = {};
  let at = found.data - start;
  for (const [name, dims] of found.header.tensors) {
    const values = new Float32Array(countOf(dims));
    bytes.copy(new Uint8Array(values.buffer), 0, at, at + values.byteLength);
    tensors[name] = new Tensor(values, dims);
    at += values.byteLength;
  }
  return { key: found.header.key, work: found.header.work, tensors };
}

/** The header at a place, with where the tensors and the record end; nothing is allocated by what it says. */
async function readHeader(
  file: FileHandle,
  start: number,
  size: number,
): Promise<{ header: Header; data: number; end: number } | undefined> {
  const begin = await readBytes(file, start, 8);
  if (!begin?.subarray(0, 4).equals(MAGIC)) return undefined;
  const length = begin.readUInt32LE(4);
  const data = start + 8 + length;
  if (length > LONGEST_HEADER || data > size) return undefined;
  const header = headerOf(await readBytes(file, start + 8, length));
  if (!header) return undefined;
  const end = data + 4 * header.tensors.reduce((sum, [, dims]) => sum + countOf(dims), 0) + DIGEST_BYTES;
  return end <= size ? { header, data, end } : undefined;
}

function headerOf(bytes: Buffer | undefined): Header | undefined {
  try {
    const { key, work, tensors } = JSON.parse(bytes?.toString('utf8') ?? '') as Partial<Header>;
    const named =
      Array.isArray(tensors) && tensors.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && areCounts(entry[1]));
    const told = typeof work?.seconds === 'number' && typeof work.operations === 'number';
    return typeof key === 'string' && told && named ? { key, work, tensors } : undefined;
  } catch {
    return undefined;
  }
}

function areCounts(dims: unknown): boolean {
  return Array.isArray(dims) && dims.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
}

function countOf(dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, 1);
}

/** So many bytes; undefined where the file has fewer. */
async function readBytes(file: FileHandle, start: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  for (let taken = 1; taken > 0 && read < length; read += taken)
    taken = (await file.read(bytes, read, length - read, start + read)).bytesRead;
  return read === length ? bytes : undefined;
}
