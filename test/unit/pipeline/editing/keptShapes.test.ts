import assert from 'node:assert/strict';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { KeptShapes } from '../../../../src/pipeline/editing/keptShapes.js';
import { seedOfOutline } from '../../../../src/pipeline/editing/maskSeed.js';
import { refineMask } from '../../../../src/pipeline/editing/refineMask.js';
import { steadied } from '../../../../src/pipeline/editing/steadied.js';

const [width, height, count] = [48, 48, 4];
type Rgb = readonly [number, number, number];
const background: Rgb = [60, 120, 220];
const own: Rgb = [250, 200, 40];
const eye: Rgb = [250, 250, 250];

/** Frames in which each pixel has the colour that is asked for. */
function draw(colour: (x: number, y: number, frame: number) => Rgb, frames = count): Frame[] {
  return Array.from({ length: frames }, (_, frame) => {
    const data = new Uint8Array(3 * width * height);
    for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width), frame), 3 * i);
    return { data, width, height };
  });
}

const inThing = (x: number, y: number) => x >= 10 && x < 38 && y >= 10 && y < 38;
const inEye = (x: number, y: number) => x >= 16 && x < 22 && y >= 16 && y < 22;
const source = draw((x, y) => (inEye(x, y) ? eye : inThing(x, y) ? own : background));

function areaOf(inside: (x: number, y: number) => boolean): Tensor {
  const area = Tensor.zeros([count, 1, height, width]);
  for (let i = 0; i < area.size; i++) area.data[i] = inside(i % width, Math.floor(i / width) % height) ? 1 : 0;
  return area;
}

async function recoloured(edited: readonly Frame[], area: Tensor, roundTrip: readonly Frame[] = source): Promise<Frame[]> {
  const kept = new KeptShapes();
  kept.add(0, source, roundTrip, area);
  const out: Frame[] = [];
  for await (const frame of kept.finish(streamed(edited))) out.push(frame);
  return out;
}

async function* streamed(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* await Promise.resolve(frames);
}

const at = ({ data }: Frame, x: number, y: number): number[] => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

describe('an edit that gives its colours alone', () => {
  it('a thing takes the hue that it was given, gray too, while its eye, drawn elsewhere by the edit, stays white and the background is untouched', async () => {
    // The edit's eye is two pixels off, and its gray is uneven from frame to frame.
    const edited = draw((x, y, frame) => {
      const gray = 140 + 6 * frame;
      return inEye(x - 2, y) ? eye : inThing(x, y) ? [gray, gray + 2, gray - 2] : background;
    });
    for (const frame of await recoloured(edited, areaOf(inThing))) {
      const [r, g, b] = at(frame, 30, 30) as [number, number, number];
      assert.ok(Math.max(r, g, b) - Math.min(r, g, b) < 12 && Math.abs(g - 150) < 16, `${r}, ${g}, ${b} is no gray of about 150`);
      const white = at(frame, 19, 19);
      assert.ok(Math.min(...white) > 200 && Math.max(...white) - Math.min(...white) < 25, `the eye has become ${white.join(', ')}`);
      assert.deepEqual(at(frame, 2, 2), [...background]);
    }
  });

  it('a look of the whole picture becomes the same in every frame, and outlines stay as sharp as they were', async () => {
    const fogged = (value: number, noise: number) => Math.round(0.45 * value + 118 + noise);
    const edited = draw((x, y, frame) => {
      const noise = ((7 * x + 13 * y + 29 * frame) % 21) - 10;
      const blurred = inThing(x + 1, y) ? own : background;
      return [fogged(blurred[0], noise), fogged(blurred[1], noise), fogged(blurred[2], noise)];
    });
    const [first, ...others] = await recoloured(
      edited,
      areaOf(() => true),
    );
    for (const other of others) assert.deepEqual(other.data, first!.data);
    for (const [x, colour] of [
      [9, background],
      [10, own],
      [37, own],
      [38, background],
    ] as const)
      at(first!, x, 30).forEach((value, c) => assert.ok(Math.abs(value - fogged(colour[c]!, 0)) < 24, `column ${x}: ${value}`));
  });

  it('a hue that the VAE weakens before and after alike comes out as strong as the look leaves it', async () => {
    const weak = (value: number, by: number) => Math.round(128 + by * (value - 128));
    const through = (by: number) => draw((x, y) => (inThing(x, y) ? own : background).map((value) => weak(value, by)) as unknown as Rgb);
    const [frame] = await recoloured(
      through(0.3),
      areaOf(() => true),
      through(0.6),
    );
    const [r, , b] = at(frame!, 30, 30) as [number, number, number];
    assert.ok(r - b > 75 && r - b < 125, `half as colourful as 210 levels, not ${r - b}`);
  });
});

describe('what stands still', () => {
  it('in the source is averaged in the edit, what moves and what the mask leaves out is not', () => {
    const dims = [3, 1, 1, 3];
    const still = new Tensor(Float32Array.from([0, 0, 0, 0, 9, 0, 0, -9, 0]), dims);
    const mask = new Tensor(Float32Array.from([1, 1, 0, 1, 1, 0, 1, 1, 0]), [3, 1, 1, 3]);
    const edited = new Tensor(Float32Array.from([1, 1, 1, 2, 2, 2, 6, 6, 6]), dims);
    const out = steadied(edited, still, mask);
    assert.deepEqual([...out.data], [3, 1, 1, 3, 2, 2, 3, 6, 6]);
    assert.deepEqual([...edited.data], [1, 1, 1, 2, 2, 2, 6, 6, 6]);
  });
});

describe('an outline that is seen', () => {
  it('takes in what it missed of a thing beside it, and not a thing of the same colour far away', () => {
    const pictures = draw((x, y) => (inThing(x, y) || (x > 44 && y > 44) ? own : background));
    const seen = areaOf((x, y) => inThing(x, y) && x > 14);
    const found = refineMask(seedOfOutline(seen), pictures);
    const value = (x: number, y: number) => found.data[y * width + x]!;
    assert.ok(value(12, 24) > 0.5, 'the part that was missed stays out');
    assert.ok(value(46, 46) < 0.5, 'the other thing is taken in');
  });
});
