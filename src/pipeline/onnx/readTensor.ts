import { Float16Array } from '@petamoriken/float16';
import type { ByteRange } from './byteSource.js';
import { ElementType, type OnnxTensor } from './onnxModel.js';
import type { WireReader } from './wireReader.js';

/** Tensors of up to so many values may hold shapes, axes and scales, and are read. */
const SMALL = 64;

/** Reads what a `TensorProto` says of itself, and its values if they are few. */
export function readTensor(reader: WireReader, body: ByteRange): OnnxTensor {
  let name = '';
  let elementType = 0;
  let raw: ByteRange | undefined;
  let external = false;
  const place = new Map<string, string>();
  const dims: number[] = [];
  const typed: number[] = [];
  for (const field of reader.fields(body)) {
    if (field.number === 1) dims.push(...reader.integers(field, SMALL));
    else if (field.number === 2) elementType = reader.integer(field);
    else if (field.number === 8) name = reader.string(field);
    else if (field.number === 9) raw = reader.payload(field);
    else if (field.number === 13) place.set(...keyAndValue(reader, reader.payload(field)));
    else if (field.number === 14) external = reader.integer(field) === 1;
    else if ((field.number === 5 || field.number === 7) && typed.length <= SMALL) typed.push(...reader.integers(field, SMALL + 1));
    else if (field.number === 4 && typed.length <= SMALL) typed.push(...floats(reader, field.value));
  }
  if (dims.length > SMALL || dims.some((length) => length < 0))
    throw reader.malformed(body.start, `the tensor ${JSON.stringify(name)} has the shape [${dims.slice(0, 8).join(', ')}]`);
  const count = dims.reduce((product, length) => product * length, 1);
  const values =
    count > SMALL || external
      ? undefined
      : raw
        ? rawValues(reader.bytes(raw, SMALL * 8), elementType, count)
        : typed.length === count
          ? typed
          : undefined;
  const file = place.get('location');
  const elsewhere =
    external && file !== undefined ? { file, end: Number(place.get('offset') ?? 0) + Number(place.get('length') ?? 0) } : undefined;
  return { name, dims, elementType, body, raw, external, elsewhere, values };
}

function keyAndValue(reader: WireReader, entry: ByteRange): [key: string, value: string] {
  let key = '';
  let value = '';
  for (const field of reader.fields(entry)) {
    if (field.number === 1) key = reader.string(field);
    else if (field.number === 2) value = reader.string(field);
  }
  return [key, value];
}

function floats(reader: WireReader, range: ByteRange): number[] {
  const bytes = reader.bytes(range, (SMALL + 1) * 4);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(i * 4));
}

function rawValues(bytes: Buffer, elementType: number, count: number): number[] | undefined {
  const read: Record<number, [size: number, at: (offset: number) => number]> = {
    [ElementType.float]: [4, (at) => bytes.readFloatLE(at)],
    [ElementType.double]: [8, (at) => bytes.readDoubleLE(at)],
    [ElementType.int32]: [4, (at) => bytes.readInt32LE(at)],
    [ElementType.int64]: [8, (at) => Number(bytes.readBigInt64LE(at))],
    [ElementType.bool]: [1, (at) => bytes.readUInt8(at)],
    [ElementType.float16]: [2, (at) => new Float16Array(Uint16Array.of(bytes.readUInt16LE(at)).buffer)[0]!],
  };
  const [size, at] = read[elementType] ?? [0, () => 0];
  return size > 0 && bytes.length >= count * size ? Array.from({ length: count }, (_, i) => at(i * size)) : undefined;
}
