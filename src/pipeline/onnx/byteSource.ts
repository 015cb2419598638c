import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { requirePlainFileSync } from '../core/index.js';
import type { BuiltModel } from './build/builtModel.js';
import { onnxErrors } from './errors.js';

/** Bytes `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Read at a time while going on, and after a jump: behind a weight mostly comes the next weight. */
const PAGE = 64 * 1024;
const PAGE_AFTER_JUMP = 4 * 1024;

/** Most bytes looked at in one file: weights are skipped, and a graph without them is some megabytes. */
const MOST_BYTES_READ = 128 * 1024 * 1024;

/** An ONNX model as a file, or built in memory. */
export type ModelSource = string | BuiltModel;

/** What a model is called in messages: the path of its file, or of one that its weights are in. */
export function nameOfSource(source: ModelSource): string {
  return typeof source === 'string' ? source : (source.files[0]?.file ?? source.label);
}

/** A file that is read here and there, a page at a time, and never as a whole; or a model in memory, which is one page. */
export class ByteSource {
  /** Length of the file. */
  readonly size: number;
  /** When it was last changed, in milliseconds; with the size it tells whether it is still the same file. */
  readonly modified: number;
  private readonly page: Buffer;
  private pageStart = 0;
  private pageEnd: number;
  private bytesRead = 0;

  private constructor(
    /** Its path. */
    readonly file: string,
    private readonly opened: number | Uint8Array,
  ) {
    const isFile = typeof opened === 'number';
    this.page = isFile ? Buffer.allocUnsafe(PAGE) : Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
    this.pageEnd = isFile ? 0 : opened.byteLength;
    const { size, mtimeMs } = isFile ? fstatSync(opened) : { size: opened.byteLength, mtimeMs: 0 };
    this.size = size;
    this.modified = mtimeMs;
  }

  /**
   * Opens a model, hands it to `use` and closes it.
   *
   * @throws {FrameloomError} `FL_ONNX_READ` when it cannot be opened or read.
   */
  static use<Result>(model: ModelSource, use: (source: ByteSource) => Result): Result {
    if (typeof model !== 'string') return use(new ByteSource(nameOfSource(model), model.bytes));
    const file = model;
    let descriptor: number;
    try {
      requirePlainFileSync(file);
      descriptor = openSync(file, 'r');
    } catch (cause) {
      throw onnxErrors.unreadable(file, cause);
    }
    try {
      return use(new ByteSource(file, descriptor));
    } finally {
      closeSync(descriptor);
    }
  }

  /** The byte at a position inside the file. */
  byte(position: number): number {
    if (position < this.pageStart || position >= this.pageEnd) this.turnTo(position);
    return this.page[position - this.pageStart]!;
  }

  /** A copy of a range. @throws {FrameloomError} `FL_ONNX_READ` when the file ends before it. */
  read({ start, end }: ByteRange): Buffer {
    if (start >= this.pageStart && end <= this.pageEnd)
      return Buffer.from(this.page.subarray(start - this.pageStart, end - this.pageStart));
    const bytes = Buffer.allocUnsafe(end - start);
    for (let at = 0; at < bytes.length;) at += this.readInto(bytes, at, start + at);
    return bytes;
  }

  private turnTo(position: number): void {
    const page = position === this.pageEnd ? this.page : this.page.subarray(0, PAGE_AFTER_JUMP);
    this.pageEnd = this.pageStart = position;
    this.pageEnd += this.readInto(page, 0, position);
    this.bytesRead += this.pageEnd - this.pageStart;
    if (this.bytesRead > MOST_BYTES_READ)
      throw onnxErrors.tooLarge(this.file, `its graph, weights not counted, is larger than ${MOST_BYTES_READ} bytes`);
  }

  private readInto(target: Buffer, at: number, position: number): number {
    let count = 0;
    try {
      if (typeof this.opened === 'number') count = readSync(this.opened, target, at, target.length - at, position);
    } catch (cause) {
      throw onnxErrors.unreadable(this.file, cause);
    }
    if (count === 0) throw onnxErrors.malformed(this.file, position, 'the file ends in the middle of a field');
    return count;
  }
}
