import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** What a pixel of a PNG file holds, as its header numbers it; 8 bits each. */
const colourTypes = { grey: 0, rgb: 2, palette: 3, rgba: 6 } as const;

/** Size of a PNG file's picture and what its pixels hold. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly pixels: keyof typeof colourTypes;
}

/** One chunk of a PNG file: length, type (four letters), data and check sum. (https://www.w3.org/TR/png-3/) */
export function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/**
 * A PNG file.
 *
 * @param rows all rows, each after its filter's number, deflated.
 * @param between chunks that stand before the pixels, such as the palette.
 */
export function pngFile({ width, height, pixels }: PngHeader, rows: Buffer, between: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourTypes[pixels], 0, 0, 0], 8);
  return Buffer.concat([signature, chunk('IHDR', header), ...between, chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

/** Rows of `rowBytes` bytes, each after the number of the filter that leaves it as it is. */
export function plainRows(data: Uint8Array, rowBytes: number): Buffer {
  const count = data.length / rowBytes;
  const rows = Buffer.alloc((rowBytes + 1) * count);
  for (let row = 0; row < count; row++) rows.set(data.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 1) + 1);
  return rows;
}

/** A picture as a data URI of a PNG file, made quickly: for drawings that are rasterised at once. */
export function quickPngUri({ data, width, height }: { data: Uint8Array; width: number; height: number }, pixels: 'rgb' | 'rgba'): string {
  const rows = deflateSync(plainRows(data, width * (pixels === 'rgb' ? 3 : 4)), { level: 1 });
  return `data:image/png;base64,${pngFile({ width, height, pixels }, rows).toString('base64')}`;
}
