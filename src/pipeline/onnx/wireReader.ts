import type { ByteRange, ByteSource } from './byteSource.js';
import { onnxErrors } from './errors.js';

/** Protobuf's wire types that occur in ONNX. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One field of a message, found but not yet read. */
export interface WireField {
  /** Field number. */
  readonly number: number;
  /** One of {@link WireType}. */
  readonly type: number;
  /** Where its value lies: the payload of a string or message, the bytes of a number. */
  readonly value: ByteRange;
  /** The value together with its tag, to be copied as it is. */
  readonly whole: ByteRange;
}

/** Names, operator types and the like are short; a longer one is no name. */
const LONGEST_STRING = 64 * 1024;

/**
 * Walks the fields of protobuf messages in a file without loading what it passes over.
 *
 * Lengths are checked against the enclosing message before anything is read, so that a wrong one can neither lead out of the
 * file nor allocate. See https://protobuf.dev/programming-guides/encoding.
 */
export class WireReader {
  constructor(private readonly source: ByteSource) {}

  /** The file that is read. */
  get file(): string {
    return this.source.file;
  }

  /** The fields of a message in the order of the file. @throws {FrameloomError} `FL_ONNX_MALFORMED` */
  *fields(message: ByteRange): Generator<WireField> {
    let position = message.start;
    while (position < message.end) {
      const start = position;
      const [tag, afterTag] = this.length(position, message.end);
      const number = Math.floor(tag / 8);
      const type = tag % 8;
      if (number === 0) throw this.malformed(start, 'a field has the number 0');
      const value = this.valueAt(type, afterTag, message.end);
      position = value.end;
      yield { number, type, value, whole: { start, end: position } };
    }
  }

  /** The payload of a string or message field. @throws {FrameloomError} `FL_ONNX_MALFORMED` when it is a number. */
  payload(field: WireField): ByteRange {
    this.require(field, WireType.bytes);
    return field.value;
  }

  /** A short string. */
  string(field: WireField): string {
    const range = this.payload(field);
    if (range.end - range.start > LONGEST_STRING) throw this.malformed(range.start, `a name is ${range.end - range.start} bytes long`);
    return this.source.read(range).toString('utf8');
  }

  /** An integer of 64 bits, signed; those beyond 2^53 are rounded. */
  integer(field: WireField): number {
    this.require(field, WireType.varint);
    return Number(BigInt.asIntN(64, this.varint(field.value.start, field.value.end)[0]));
  }

  /** A float of 32 bits. */
  float(field: WireField): number {
    this.require(field, WireType.fixed32);
    return this.source.read(field.value).readFloatLE(0);
  }

  /** A repeated integer, packed or one by one; at most `most` of it. */
  integers(field: WireField, most: number): number[] {
    if (field.type === WireType.varint) return [this.integer(field)];
    const { start, end } = this.payload(field);
    const values: number[] = [];
    for (let position = start; position < end && values.length < most;) {
      const [value, next] = this.varint(position, end);
      values.push(Number(BigInt.asIntN(64, value)));
      position = next;
    }
    return values;
  }

  /** The bytes of a range of the file, at most `most` of them. */
  bytes({ start, end }: ByteRange, most: number): Buffer {
    return this.source.read({ start, end: Math.min(end, start + most) });
  }

  /** An error at a place of this file. */
  malformed(position: number, problem: string) {
    return onnxErrors.malformed(this.file, position, problem);
  }

  private valueAt(type: number, position: number, end: number): ByteRange {
    switch (type) {
      case WireType.varint:
        return { start: position, end: this.varint(position, end)[1] };
      case WireType.fixed64:
        return this.within(position, 8, end);
      case WireType.fixed32:
        return this.within(position, 4, end);
      case WireType.bytes: {
        const [length, start] = this.length(position, end);
        return this.within(start, length, end);
      }
      default:
        throw this.malformed(position, `a field has the wire type ${type}, which ONNX does not use`);
    }
  }

  private within(start: number, length: number, end: number): ByteRange {
    if (length > end - start) throw this.malformed(start, `a field of ${length} bytes stands where ${end - start} are left`);
    return { start, end: start + length };
  }

  /** A tag or a length: a varint that must be small enough to be exact. */
  private length(position: number, end: number): [value: number, next: number] {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (position >= end) throw this.malformed(position, 'a number is cut off');
      const byte = this.source.byte(position++);
      value += (byte & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw this.malformed(position, 'a length has more than 53 bits');
      if (byte < 128) return [value, position];
      if (factor > 2 ** 56) throw this.malformed(position, 'a number does not end');
    }
  }

  private varint(position: number, end: number): [value: bigint, next: number] {
    let low = 0;
    let high = 0;
    for (let bits = 0; bits < 70; bits += 7) {
      if (position >= end) throw this.malformed(position, 'a number is cut off');
      const byte = this.source.byte(position++);
      if (bits < 49) low += (byte & 127) * 2 ** bits;
      else high += (byte & 127) * 2 ** (bits - 49);
      if (byte < 128) return [(BigInt(high) << 49n) | BigInt(low), position];
    }
    throw this.malformed(position, 'a number has more than ten bytes');
  }

  private require(field: WireField, type: number): void {
    if (field.type !== type)
      throw this.malformed(field.whole.start, `field ${field.number} has the wire type ${field.type} in place of ${type}`);
  }
}
