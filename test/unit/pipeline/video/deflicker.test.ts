import assert from 'node:assert/strict';
import { createFrame, type Frame, Generator } from '../../../../src/pipeline/core/index.js';
import { flicker } from '../../../../src/pipeline/metrics/index.js';
import { deflicker, deflickered, loopDeflickered, Video } from '../../../../src/pipeline/video/index.js';

const SIDE = 16;

/** Frames of one colour a pixel. */
function framesOf(count: number, colourAt: (frame: number, x: number, y: number) => readonly [number, number, number]): Frame[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = createFrame(SIDE, SIDE);
    for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) frame.data.set(colourAt(index, x, y), 3 * (y * SIDE + x));
    return frame;
  });
}

async function all(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const out: Frame[] = [];
  for await (const frame of frames) out.push(frame);
  return out;
}

async function* coming(frames: readonly Frame[]): AsyncGenerator<Frame> {
  for (const frame of frames) yield await Promise.resolve({ ...frame, data: frame.data.slice() });
}

/** Levels that waver around a colour. */
function wavering(count: number): Frame[] {
  const noise = new Generator(1).randn([count, SIDE, SIDE]);
  return framesOf(count, (index, x, y) => {
    const by = Math.round(3 * noise.data[(index * SIDE + y) * SIDE + x]!);
    return x < SIDE / 2 ? [200 + by, 60, 40] : [40, 60 + by, 200];
  });
}

describe('deflicker', () => {
  it('steadies colours that waver', async () => {
    const frames = wavering(20);
    const steady = await all(deflickered(coming(frames), 0.08));
    assert.equal(steady.length, 20);
    const [before, after] = [flicker(frames), flicker(steady)];
    assert.ok(after < 0.25 * before, `${after} of ${before}`);
  });

  it('leaves what moves, and cuts, alone', async () => {
    const moving = framesOf(12, (index, x) => (x === index ? [250, 20, 20] : index < 6 ? [20, 20, 250] : [240, 240, 240]));
    const same = await all(deflickered(coming(moving), 0.08));
    assert.deepEqual(same, moving);
  });

  it('is mean shift over three frames on each side, twice', async () => {
    const frames = wavering(9);
    const variance = (0.08 * 255) ** 2;
    const step = (guides: readonly (readonly number[])[]): number[][] =>
      guides.map((guide, index) => {
        const around = frames.map((_, other) => other).filter((other) => Math.abs(other - index) <= 3);
        const weights = around.map((other) =>
          Math.exp(-guide.reduce((sum, value, c) => sum + (value - guides[other]![c]!) ** 2, 0) / (2 * variance)),
        );
        const sum = weights.reduce((a, b) => a + b);
        return guide.map((_, c) => Math.round(around.reduce((mean, other, k) => mean + weights[k]! * frames[other]!.data[c]!, 0) / sum));
      });
    const first = frames.map(({ data }) => [...data.slice(0, 3)]);
    const made = await all(deflickered(coming(frames), 0.08));
    const wanted = step(step(first));
    made.forEach(({ data }, index) => {
      for (let c = 0; c < 3; c++)
        assert.ok(Math.abs(data[c]! - wanted[index]![c]!) <= 1, `frame ${index}: ${data[c]} for ${wanted[index]![c]}`);
    });
  });

  it('does nothing at distance 0, and to one frame', async () => {
    const frames = wavering(4);
    assert.deepEqual(await all(deflickered(coming(frames), 0)), frames);
    // As it comes: a loop of which nothing is taken is not held either.
    const loop = loopDeflickered(coming(frames), 0);
    assert.deepEqual((await loop.next()).value, frames[0]);
    await loop.return(undefined);
    assert.deepEqual(await all(deflickered(coming(frames.slice(0, 1)), 0.5)), frames.slice(0, 1));
  });

  it('a loop has no end: turned by some frames, it is steadied the same', async () => {
    const frames = wavering(10);
    const turned = [...frames.slice(4), ...frames.slice(0, 4)];
    const [steady, other] = [await all(loopDeflickered(coming(frames), 0.08)), await all(loopDeflickered(coming(turned), 0.08))];
    assert.deepEqual([...other.slice(6), ...other.slice(0, 6)], steady);
    assert.notDeepEqual(steady, await all(deflickered(coming(frames), 0.08)));
  });

  it('takes frames as they come and runs six ahead', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Frame> {
      for await (const frame of coming(wavering(40))) {
        read++;
        yield frame;
      }
    }
    const frames = deflickered(counted(), 0.08);
    await frames.next();
    assert.equal(read, 7);
    await frames.return(undefined);
  });

  it('keeps a clip, its rate and length', async () => {
    const clip = await Video.fromFrames(wavering(6), { fps: 12 });
    const steady = await deflicker(clip);
    assert.deepEqual([steady.fps, steady.frameCount, steady.width], [12, 6, SIDE]);
    assert.ok(flicker(await all(steady.frames())) < flicker(await all(clip.frames())));
    await steady.close();
    await clip.close();
  });

  it('refuses a distance that is none', async () => {
    const clip = await Video.fromFrames(wavering(2), { fps: 12 });
    await assert.rejects(deflicker(clip, { distance: 2 }), /distance.*0 to 1/);
    await assert.rejects(deflicker(clip, { strength: 1 } as object), /strength/);
    await clip.close();
  });
});
