/** A protobuf message under construction: a list of pieces, joined once. */
export class WireWriter {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  /** Bytes so far. */
  get size(): number {
    return this.length;
  }

  /** Fields that are encoded already. */
  raw(bytes: Uint8Array): this {
    this.pieces.push(bytes);
    this.length += bytes.length;
    return this;
  }

  /** An integer field; negative ones take ten bytes, as protobuf's int64 does. */
  integer(field: number, value: number | bigint): this {
    return this.raw(varint(field * 8)).raw(varint(value));
  }

  /** A float field of 32 bits. */
  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return this.raw(varint(field * 8 + 5)).raw(bytes);
  }

  /** A string, bytes or message field. */
  bytes(field: number, value: Uint8Array | string | WireWriter): this {
    const payload = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.raw(varint(field * 8 + 2));
    if (!(payload instanceof WireWriter)) return this.raw(varint(payload.length)).raw(payload);
    this.raw(varint(payload.size));
    for (const piece of payload.pieces) this.raw(piece);
    return this;
  }

  /** The message. */
  finish(): Buffer {
    return Buffer.concat(this.pieces, this.length);
  }
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
