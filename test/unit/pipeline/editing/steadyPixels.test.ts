import assert from 'node:assert/strict';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { KeptPixels } from '../../../../src/pipeline/editing/keptPixels.js';
import { SteadyPixels } from '../../../../src/pipeline/editing/steadyPixels.js';
import { contentOf, PartFrames, takenApart } from '../../../../src/pipeline/pipelines/partFrames.js';

const [width, height, count] = [96, 32, 6];
type Rgb = readonly [number, number, number];

function draw(colour: (x: number, y: number, frame: number) => Rgb): Frame[] {
  return Array.from({ length: count }, (_, frame) => {
    const data = new Uint8Array(3 * width * height);
    for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width), frame), 3 * i);
    return { data, width, height };
  });
}

// A thing of 12 pixels goes 14 to the right from frame to frame.
const fromThing = (x: number, y: number, frame: number) => Math.max(Math.abs(x - 8 - 14 * frame), Math.abs(y - 16)) - 6;
const thing: Rgb = [250, 200, 40];
const at = ({ data }: Frame, x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

async function steadied(source: readonly Frame[], edited: readonly Frame[]): Promise<Frame[]> {
  const area = Tensor.zeros([count, 1, height, width]);
  for (let i = 0; i < area.size; i++) {
    const pixel = i % (width * height);
    area.data[i] = fromThing(pixel % width, Math.floor(pixel / width), Math.floor(i / (width * height))) <= 0 ? 0 : 1;
  }
  const after = new SteadyPixels(new KeptPixels(), false);
  after.add(0, source, source, area);
  const out: Frame[] = [];
  for await (const frame of after.finish(
    (async function* () {
      yield* await Promise.resolve(edited);
    })(),
  ))
    out.push(frame);
  return out;
}

describe('another background behind something that moves', () => {
  const edited = draw((x, y, frame) => {
    const away = fromThing(x, y, frame);
    // A halo, and a little of another brightness in every frame.
    return away <= 0 ? thing : away < 8 ? [200, 100, 0] : [20 + frame, 120 + frame, 60 + frame];
  });

  it('is one picture in all frames, without a halo, and what is kept stays', async () => {
    const frames = await steadied(
      draw((x, y, frame) => (fromThing(x, y, frame) <= 0 ? thing : [90, 90, 200])),
      edited,
    );
    frames.forEach((frame, index) => assert.deepEqual(at(frame, 8 + 14 * index, 16), [...thing]));
    for (let x = 0; x < width; x++) {
      const seen = frames.filter((_, index) => fromThing(x, 16, index) > 0).map((frame) => at(frame, x, 16));
      assert.ok(seen[0]![0]! < 30, `a halo at ${x}: ${seen[0]!.join()}`);
      for (const colour of seen) assert.deepEqual(colour, seen[0]);
    }
  });

  it('stays as it was made where the source moves', async () => {
    const moving = draw((x, y, frame) => (fromThing(x, y, frame) <= 0 ? thing : [90, (40 * frame + x) % 250, 200]));
    const frames = await steadied(moving, edited);
    frames.forEach((frame, index) => assert.deepEqual(at(frame, 90, 30), at(edited[index]!, 90, 30)));
  });
});

describe('another subject in the place of one that moves', () => {
  it('is new alone: around it, and where the old one stood, the source of other frames is; parts of several machines carry that', async () => {
    const behind = (x: number): Rgb => [90, 2 * x, 200];
    const source = draw((x, y, frame) => (fromThing(x, y, frame) <= 0 ? thing : behind(x)));
    const isNew = (x: number, y: number, frame: number) => fromThing(x, y, frame) <= -3;
    const edited = draw((x, y, frame) => (isNew(x, y, frame) ? [30, 200, 30] : fromThing(x, y, frame) <= 4 ? [200, 100, 0] : behind(x)));
    const plane = (inside: (x: number, y: number, frame: number) => boolean) => {
      const out = Tensor.zeros([count, 1, height, width]);
      for (let i = 0; i < out.size; i++) {
        const pixel = i % (width * height);
        out.data[i] = Number(inside(pixel % width, Math.floor(pixel / width), Math.floor(i / (width * height))));
      }
      return out;
    };
    const [area, over] = [plane((x, y, frame) => fromThing(x, y, frame) <= 4), plane(isNew)];
    const after = new SteadyPixels(new KeptPixels(), true);
    const part = new PartFrames(contentOf(after), 0);
    part.add(0, source, source, area, over);
    const size = { width, height };
    let index = 0;
    const parted: Frame[] = [];
    for await (const frame of part.finish(
      (async function* () {
        yield* await Promise.resolve(edited);
      })(),
    )) {
      const apart = takenApart(frame, contentOf(after), size);
      after.add(index, [source[index]!], [apart.roundTrip!], apart.area!, apart.over);
      index++;
      parted.push(apart.edited);
    }
    assert.deepEqual(parted, edited);
    index = 0;
    for await (const frame of after.finish(
      (async function* () {
        yield* await Promise.resolve(parted);
      })(),
    )) {
      assert.deepEqual(at(frame, 8 + 14 * index, 16), [30, 200, 30]);
      for (let x = 0; x < width; x++)
        if (fromThing(x, 16, index) > -2) assert.deepEqual(at(frame, x, 16), [...behind(x)], `${index}, ${x}`);
      index++;
    }
  });
});
