import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodePalettePng } from '../../src/display/drawing/palettePng.js';
import type { Frame } from '../../src/pipeline/core/index.js';
import { findFfmpeg } from '../../src/index.js';

const folder = path.join(__dirname, 'figures');

/** That a figure looks as its committed picture `figures/NAME.png`; with FRAMELOOM_UPDATE_GOLDEN=1 that one is made anew. */
export async function assertLooksAsBefore(name: string, figure: Frame): Promise<void> {
  const file = path.join(folder, `${name}.png`);
  if (process.env.FRAMELOOM_UPDATE_GOLDEN) writeFileSync(file, await encodePalettePng(figure));
  assert.ok(existsSync(file), `${file} is missing`);
  const { size, mean, far } = await differenceFrom(name, figure);
  assert.deepEqual(size, [figure.width, figure.height]);
  assert.ok(
    mean < 3 && far < 0.0003,
    `mean difference ${mean.toFixed(2)} of 255; ${(far * 100).toFixed(2)} % of the pixels are another colour`,
  );
}

/** How far a figure is from its committed picture. */
export async function differenceFrom(name: string, figure: Frame): Promise<{ size: number[]; mean: number; far: number }> {
  return difference(await readPng(path.join(folder, `${name}.png`)), figure);
}

/** How far apart two pictures are: on average, and the share of pixels that anyone would call another colour. */
function difference(expected: Buffer, { data, width, height }: Frame): { size: number[]; mean: number; far: number } {
  const [w, h] = [expected.readUInt32BE(0), expected.readUInt32BE(4)];
  if (w !== width || h !== height) return { size: [w, h], mean: 255, far: 1 };
  let [sum, far] = [0, 0];
  for (let at = 0; at < data.length; at += 3) {
    const apart = [0, 1, 2].map((channel) => Math.abs(data[at + channel]! - expected[8 + at + channel]!));
    sum += apart[0]! + apart[1]! + apart[2]!;
    if (Math.max(...apart) > 60) far++;
  }
  return { size: [w, h], mean: sum / data.length, far: far / (width * height) };
}

/** Width and height as in the file's header, then RGB. */
async function readPng(file: string): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  const pixels = execFileSync(ffmpeg, ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { maxBuffer: 1 << 28 });
  const header = readFileSync(file).subarray(16, 24);
  return Buffer.concat([header, pixels]);
}
