import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, deflate, inflateSync } from 'node:zlib';
import { checkFrame, type Frame } from '../core/index.js';
import { chunk, pngFile } from '../drawing/index.js';

const deflateAsync = promisify(deflate);
/** Bytes of a PNG file's signature. */
const SIGNATURE = 8;

/**
 * A picture as a PNG file: 8-bit RGB, sRGB, nothing lost.
 *
 * @param text entries to store as `iTXt` (UTF-8), keyword to text.
 * @throws ArgumentError when the frame is not a whole picture.
 */
export async function encodePng(frame: Frame, text: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  checkFrame(frame, 'frame');
  const rows = await deflateAsync(filterRows(frame), { level: 6, strategy: constants.Z_FILTERED });
  const facts = Object.entries(text).map(([keyword, value]) => textChunk(keyword, value));
  return pngFile({ width: frame.width, height: frame.height, pixels: 'rgb' }, rows, [chunk('sRGB', Buffer.of(0)), ...facts]);
}

/** Adds a text entry to a finished PNG or APNG file, before its end mark. */
export async function addPngText(path: string, keyword: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const end = chunk('IEND', Buffer.alloc(0));
    const { size } = await file.stat();
    await file.write(Buffer.concat([textChunk(keyword, text), end]), 0, undefined, size - end.length);
  } finally {
    await file.close();
  }
}

/** The text stored under a keyword in a PNG or APNG file; undefined when there is none. */
export async function readPngText(path: string, keyword: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(8);
    let at = SIGNATURE;
    for (;;) {
      const { bytesRead } = await file.read(head, 0, 8, at);
      if (bytesRead < 8) return undefined;
      const length = head.readUInt32BE(0);
      if (head.toString('latin1', 4, 8) === 'iTXt' && length < 16 << 20) {
        const data = Buffer.alloc(length);
        await file.read(data, 0, length, at + 8);
        const text = textOf(data, keyword);
        if (text !== undefined) return text;
      }
      at += 12 + length;
    }
  } finally {
    await file.close();
  }
}

/** Every row as differences from its neighbours: left in the first row, Paeth's choice below it. */
function filterRows({ data, width, height }: Frame): Buffer {
  const rowBytes = width * 3;
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let row = 0; row < height; row++) {
    const out = row * (rowBytes + 1);
    const from = row * rowBytes;
    rows[out] = row === 0 ? 1 : 4;
    for (let i = 0; i < rowBytes; i++) {
      const left = i >= 3 ? (data[from + i - 3] ?? 0) : 0;
      const up = row > 0 ? (data[from + i - rowBytes] ?? 0) : 0;
      const corner = row > 0 && i >= 3 ? (data[from + i - rowBytes - 3] ?? 0) : 0;
      rows[out + 1 + i] = (data[from + i] ?? 0) - (row === 0 ? left : paeth(left, up, corner));
    }
  }
  return rows;
}

/** PNG specification, section 9.4: whichever neighbour is nearest to left + up - corner. */
function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function textChunk(keyword: string, text: string): Buffer {
  // Keyword, end, uncompressed, method, no language, no translated keyword.
  return chunk('iTXt', Buffer.concat([Buffer.from(keyword, 'latin1'), Buffer.from([0, 0, 0, 0, 0]), Buffer.from(text, 'utf8')]));
}

function textOf(data: Buffer, keyword: string): string | undefined {
  const end = data.indexOf(0);
  if (end < 0 || data.toString('latin1', 0, end) !== keyword) return undefined;
  const compressed = data[end + 1] === 1;
  const language = data.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const text = data.subarray(translated + 1);
  try {
    return (compressed ? inflateSync(text, { maxOutputLength: 16 << 20 }) : text).toString('utf8');
  } catch {
    return undefined;
  }
}
