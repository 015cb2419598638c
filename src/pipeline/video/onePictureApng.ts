import { readFile, writeFile } from 'node:fs/promises';
import { chunk } from '../drawing/index.js';
import type { FrameRate } from './frameRate.js';

/** Bytes of a PNG file's signature. */
const SIGNATURE = 8;

/**
 * Makes a plain PNG an APNG of one picture, which is shown for one frame of `rate`: ffmpeg writes a single picture without the chunks that say so.
 *
 * APNG specification 1.0: `acTL` and the picture's `fcTL` stand before `IDAT`.
 *
 * @param plays how often it plays; 0 for ever.
 */
export async function animateOnePicture(
  path: string,
  { width, height }: { width: number; height: number },
  rate: FrameRate,
  plays: number,
): Promise<void> {
  const file = await readFile(path);
  let at = SIGNATURE;
  for (; file.toString('latin1', at + 4, at + 8) !== 'IDAT'; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'acTL') return;
  }
  const animation = Buffer.alloc(8);
  animation.writeUInt32BE(1, 0);
  animation.writeUInt32BE(plays, 4);
  const control = Buffer.alloc(26);
  control.writeUInt32BE(width, 4);
  control.writeUInt32BE(height, 8);
  const [delay, of] = rate.num <= 0xffff && rate.den <= 0xffff ? [rate.den, rate.num] : [Math.round((1000 * rate.den) / rate.num), 1000];
  control.writeUInt16BE(Math.min(delay, 0xffff), 20);
  control.writeUInt16BE(of, 22);
  await writeFile(path, Buffer.concat([file.subarray(0, at), chunk('acTL', animation), chunk('fcTL', control), file.subarray(at)]), {
    flush: true,
  });
}
