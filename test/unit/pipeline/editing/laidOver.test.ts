import assert from 'node:assert/strict';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { LaidOver } from '../../../../src/pipeline/editing/laidOver.js';
import { findTone, toned } from '../../../../src/pipeline/editing/tone.js';

const [width, height] = [32, 32];
type Rgb = readonly [number, number, number];

function draw(colour: (x: number, y: number) => Rgb): Frame {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), 3 * i);
  return { data, width, height };
}

const inThing = (x: number, y: number) => x >= 8 && x < 24 && y >= 8 && y < 24;
const inFlake = (x: number, y: number) => x >= 14 && x < 18 && y >= 2 && y < 12;
const fine = (x: number, y: number): Rgb => (inThing(x, y) ? ((x + y) % 2 === 0 ? [250, 60, 60] : [190, 0, 0]) : [80, 140, 220]);
const soft = (x: number, y: number): Rgb => (inThing(x, y) ? [220, 30, 30] : [80, 140, 220]);
const at = ({ data }: Frame, x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

async function laid(
  source: Frame,
  roundTrip: Frame,
  edited: Frame,
  area = Tensor.zeros([1, 1, height, width]).map(() => 1),
): Promise<Frame> {
  const after = new LaidOver();
  after.add(0, [source], [roundTrip], area);
  const frames: Frame[] = [];
  for await (const frame of after.finish(
    (async function* () {
      yield await Promise.resolve(edited);
    })(),
  ))
    frames.push(frame);
  return frames[0]!;
}

describe('what an edit lays over a picture', () => {
  it('a tone is found though something lies over the picture and hues moved; of a plain picture it is the gain', () => {
    const dark = draw((x, y) => (inFlake(x, y) ? [255, 255, 255] : (fine(x, y).map((level) => 0.7 * level + 20) as unknown as Rgb)));
    const { gain, offset } = findTone([draw(fine)], [dark]);
    assert.ok(Math.abs(gain - 0.7) < 0.02 && Math.abs(offset - 20) < 3, `${gain}, ${offset}`);
    const plain = findTone([draw(() => [100, 150, 200])], [draw(() => [80, 120, 160])]);
    assert.ok(Math.abs(plain.gain - 0.8) < 0.03 && Math.abs(plain.offset) < 5, `${plain.gain}, ${plain.offset}`);
    assert.deepEqual(at(toned([draw(() => [100, 150, 200])], { gain: 2, offset: -150 })[0]!, 0, 0), [50, 150, 250]);
  });

  it('the picture beneath keeps its pixels in the new tone, and has on it what lies there, where the edit may act', async () => {
    const dim = (rgb: Rgb): Rgb => [0.8 * rgb[0], 0.8 * rgb[1], 0.8 * rgb[2]];
    const edited = draw((x, y) => (inFlake(x, y) ? [230, 240, 250] : dim(soft(x, y))));
    const half = Tensor.zeros([1, 1, height, width]);
    for (let i = 0; i < half.size; i++) half.data[i] = i % width < 28 ? 1 : 0;
    const out = await laid(draw(fine), draw(soft), edited, half);
    assert.deepEqual(at(out, 30, 10), [80, 140, 220]);
    for (const [x, y] of [
      [12, 20],
      [13, 20],
      [2, 2],
    ] as const)
      dim(fine(x, y)).forEach((level, c) => assert.ok(Math.abs(at(out, x, y)[c]! - level) <= 2, `${x}, ${y}: ${at(out, x, y).join()}`));
    assert.ok(Math.min(...at(out, 15, 5)) > 220, at(out, 15, 5).join());
  });

  it('an edit that changed nothing is the source', async () => {
    assert.deepEqual(await laid(draw(fine), draw(soft), draw(soft)), draw(fine));
  });
});
