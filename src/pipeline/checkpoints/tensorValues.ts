import { open } from 'node:fs/promises';
import { getFloat16 } from '@petamoriken/float16';
import type { SafetensorsEntry, SafetensorsType } from '../core/index.js';

/** Longer tensors are weights, which are not read here. */
const MOST_VALUES = 65_536;

/** Types in which numbers are stored that are read here. */
export const valueReaders: Partial<Record<SafetensorsType, (view: DataView, at: number) => number>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => getFloat16(view, at, true),
  BF16: (view, at) => {
    const wide = new DataView(new ArrayBuffer(4));
    wide.setUint16(2, view.getUint16(at, true), true);
    return wide.getFloat32(0, true);
  },
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
};

/** The numbers of a small tensor, such as a mean for each channel; undefined for one that is large, or of a type that is not read. */
export async function readValues({ file, type, dims, offset, byteLength }: SafetensorsEntry): Promise<number[] | undefined> {
  const read = valueReaders[type];
  const count = dims.reduce((product, length) => product * length, 1);
  if (!read || count < 1 || count > MOST_VALUES) return undefined;
  const opened = await open(file, 'r');
  try {
    const bytes = new DataView(new ArrayBuffer(byteLength));
    await opened.read(bytes, 0, byteLength, offset);
    return Array.from({ length: count }, (_, i) => read(bytes, (i * byteLength) / count));
  } finally {
    await opened.close();
  }
}
