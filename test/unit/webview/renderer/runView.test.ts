import assert from 'node:assert/strict';
import { RUN_MIME } from '../../../../src/shared/outputs/index.js';
import type { Atlas, RunPayload } from '../../../../src/shared/outputs/index.js';
import { checkPayload } from '../../../../src/webview/renderer/checkPayload.js';
import { misfit } from '../../../../src/webview/renderer/run/atlasFit.js';
import { colour, diverging, viridis } from '../../../../src/webview/renderer/run/colourMaps.js';
import { difference } from '../../../../src/webview/renderer/run/difference.js';
import { logTicks, roundTicks, shortNumber } from '../../../../src/shared/figures/ticks.js';
import { outline } from '../../../../src/webview/renderer/run/outline.js';
import { pictureSize } from '../../../../src/webview/renderer/run/pictureSize.js';
import { ffmpeg } from '../rig/numberedClip.js';

const atlas: Atlas = {
  path: 'story.frameloom/x0.png',
  columns: 4,
  tileWidth: 8,
  tileHeight: 8,
  frames: 4,
  rows: ['step 1 of 2', 'step 2 of 2'],
};
const run: RunPayload = {
  type: 'run',
  kind: 'edited',
  model: 'motion-stickers',
  prompt: 'a car',
  seed: 1,
  views: ['steps', 'attention'],
  fps: 8,
  width: 64,
  height: 64,
  stepCount: 2,
  steps: [
    { step: 1, timestep: 999, sigma: 12 },
    { step: 2, timestep: 499, sigma: 1 },
  ],
  x0: atlas,
  words: [
    { text: 'a', tokens: [1] },
    { text: 'car', tokens: [2], attention: 0 },
  ],
  attention: {
    words: [
      {
        text: 'car',
        bySteps: { ...atlas, range: { min: 0, max: 1 } },
        mass: [
          [0.1, 0.2, 0.1, 0.2],
          [0.1, 0.2, 0.1, 0.2],
        ],
      },
    ],
  },
  schedule: { scheduler: 'DDIMScheduler', timesteps: [999, 499], sigmas: [12, 1], logSnr: [-5, 0], beginIndex: 0 },
};

describe('a stranger’s run', () => {
  const refused = (payload: unknown, why: RegExp): void => {
    assert.throws(() => checkPayload(RUN_MIME, payload), why);
  };

  it('is taken when it is well-formed', () => {
    assert.equal(checkPayload(RUN_MIME, run), run);
    // JSON has no infinity.
    checkPayload(RUN_MIME, { ...run, schedule: { ...run.schedule, sigmas: [null, 1], logSnr: [null, 0] } });
  });

  it('is refused with the place of the fault', () => {
    refused({ ...run, x0: { ...atlas, path: '../../etc/passwd' } }, /output\.x0\.path must be a path below/);
    refused({ ...run, x0: { ...atlas, picture: 'data:image/svg+xml;base64,PHN2Zz4=' } }, /output\.x0\.picture must be/);
    refused({ ...run, x0: { ...atlas, tileWidth: 0.5 } }, /output\.x0\.tileWidth/);
    refused({ ...run, x0: { ...atlas, frames: 1e9 } }, /output\.x0\.frames must be from 1 to 4096/);
    refused({ ...run, x0: { ...atlas, tileWidth: 4096, tileHeight: 4096, frames: 4096 } }, /output\.x0 must have fewer tiles/);
    refused({ ...run, views: ['html'] }, /output\.views\[0\]/);
    refused({ ...run, stages: [{ name: 'x', caption: 'y', picture: 'https://example.org/x.png' }] }, /output\.stages\[0\]\.picture/);
    refused({ ...run, result: { path: 'C:\\x.mp4' } }, /output\.result\.path/);
  });

  it('is refused when it would take for ever to draw', () => {
    refused(
      { ...run, x0: { ...atlas, tileWidth: 1, tileHeight: 1, frames: 4096, rows: Array<string>(4096).fill('') } },
      /output\.x0 must have fewer tiles/,
    );
    refused({ ...run, views: Array<string>(4000).fill('steps') }, /output\.views must have at most 6/);
    refused({ ...run, stages: Array(1000).fill({ name: 'x', caption: 'y' }) }, /output\.stages must have at most/);
    refused({ ...run, latents: Array(1000).fill({ atlas, histograms: [[1], [1]] }) }, /output\.latents must have at most/);
    refused({ ...run, fps: 1e-300 }, /output\.fps must be from/);
    const word = { ...run.attention?.words[0], mass: [[0.1, 0.2, 0.1, 0.2], []] };
    refused({ ...run, attention: { words: [word] } }, /words\[0\]\.mass must have 4 entries at every step/);
  });

  it('is refused when its parts do not go together', () => {
    refused({ ...run, x0: { ...atlas, rows: ['one'] } }, /output\.x0\.rows must have 2 entries/);
    refused(
      { ...run, attention: { words: [{ ...run.attention?.words[0], mass: [[1]] }] } },
      /attention\.words\[0\]\.mass must have 2 entries/,
    );
    refused({ ...run, words: [{ text: 'car', tokens: [], attention: 7 }] }, /output\.words\[0\]\.attention must be below 1/);
    refused({ ...run, schedule: { ...run.schedule, sigmas: [1] } }, /output\.schedule\.sigmas must have 2 entries/);
  });
});

describe('pictures of a run', () => {
  it('tell their size before they are decoded, whatever made them', async () => {
    for (const codec of [
      ['-c:v', 'png', '-f', 'image2pipe'],
      ['-c:v', 'mjpeg', '-f', 'image2pipe'],
      ['-c:v', 'libwebp', '-lossless', '0', '-f', 'webp'],
      ['-c:v', 'libwebp', '-lossless', '1', '-f', 'webp'],
    ]) {
      const file = await ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=322x46:d=1', '-frames:v', '1', ...codec, 'pipe:1']);
      assert.deepEqual(pictureSize(file), { width: 322, height: 46 }, codec.join(' '));
    }
    for (const file of [
      Buffer.from('<svg/>'),
      Buffer.alloc(0),
      Buffer.from('89504e470d0a1a0a', 'hex'),
      Buffer.from('ffd8ffe0', 'hex'),
      Buffer.from('RIFF....WEBPVP8 '),
    ])
      assert.equal(pictureSize(file), undefined);
  });

  it('are not decoded when they are larger than their tiles by far, or too small for them', async () => {
    const png = await ffmpeg(['-f', 'lavfi', '-i', 'color=s=32x16:d=1', '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1']);
    assert.equal(misfit(atlas, png), undefined);
    assert.match(misfit({ ...atlas, frames: 5 }, png) ?? '', /holds 32 × 16 pixels, but its tiles need 32 × 24/);
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    assert.match(misfit(atlas, bomb) ?? '', /too large: 60000 × 60000/);
  });
});

describe('colours of a run', () => {
  const lightness = (word: number): number => {
    const linear = [word & 255, (word >> 8) & 255, (word >> 16) & 255].map((byte) =>
      byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
    );
    const y = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
  };

  it('rise evenly in lightness, so that equal steps look equal', () => {
    const steps = Array.from({ length: 16 }, (_, i) => lightness(viridis.words[i * 17] ?? 0));
    for (let i = 1; i < steps.length; i++)
      assert.ok(Math.abs((steps[i] ?? 0) - (steps[i - 1] ?? 0) - 5.05) < 1.6, `step ${i}: ${steps[i - 1]} to ${steps[i]}`);
    for (let i = 0; i < 128; i++)
      assert.ok(
        Math.abs(lightness(diverging.words[i] ?? 0) - lightness(diverging.words[255 - i] ?? 0)) < 2.5,
        `both sides are as light at ${i}`,
      );
  });

  it('stretch to the range asked for', () => {
    const into = new Uint32Array(4);
    colour([10, 20, 30, 200], viridis, into, 10, 30);
    assert.deepEqual([...into], [viridis.words[0], viridis.words[128], viridis.words[255], viridis.words[255]]);
  });

  it('show no difference as the middle, brighter above and darker below', () => {
    const values = new Uint8ClampedArray(3);
    const pixels = (...greys: number[]): Uint8ClampedArray => Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255]));
    difference(pixels(100, 200, 0), pixels(100, 100, 255), 'brightness', values);
    assert.deepEqual([...values], [128, 228, 0]);
    difference(
      Uint8ClampedArray.from([255, 0, 0, 255, 9, 9, 9, 255, 0, 0, 0, 255]),
      Uint8ClampedArray.from([0, 0, 0, 255, 9, 9, 9, 255, 60, 60, 60, 255]),
      'colour',
      values,
    );
    assert.deepEqual([...values], [255, 0, 120]);
  });
});

describe('outlines of masks', () => {
  it('lie where the map crosses the threshold, and count what is inside', () => {
    const spot = [0, 0, 0, 0, 8, 0, 0, 0, 0];
    const { course, share } = outline(spot, 3, 4);
    assert.equal(share, 1 / 9);
    // Half-way between the centre, at 1.5, and its neighbours.
    const points = [...course.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => `${x},${y}`);
    assert.deepEqual([...new Set(points)].sort(), ['1.00,1.50', '1.50,1.00', '1.50,2.00', '2.00,1.50']);
    assert.deepEqual(outline([1, 1, 1, 1], 2, 0.5), { course: '', share: 1 });
    assert.deepEqual(outline([0, 0, 0, 0], 2, 0.5), { course: '', share: 0 });
    // What touches the rim is open there: the outline reaches it.
    assert.match(outline([8, 0, 0, 0], 2, 4).course, /1\.00 0\.00/);
  });
});

describe('axes', () => {
  it('have round numbers inside their range', () => {
    assert.deepEqual(roundTicks(0, 1000, 3), [0, 500, 1000]);
    assert.deepEqual(roundTicks(-6.5, 3.2, 3), [-5, 0]);
    assert.deepEqual(roundTicks(0, 0.3, 3).map(shortNumber), ['0', '0.1', '0.2', '0.3']);
    assert.deepEqual(roundTicks(5, 5), [5]);
    // So far out that the next number is farther away than the next tick.
    for (const [min, max] of [
      [2 ** 60, 2 ** 60 + 256],
      [-(2 ** 70), 2 - 2 ** 69],
      [1e308, 1.7e308],
      [0, 5e-324],
      [-1.7e308, 1.7e308],
    ] as const)
      assert.ok(roundTicks(min, max).length <= 20);
    assert.ok(logTicks(5e-324, 1.7e308).length < 700);
    assert.deepEqual(logTicks(0.2, 30), [1, 10]);
    assert.deepEqual(logTicks(2, 9), [2, 4, 6, 8]);
    assert.deepEqual([0, -1.23456, 1e-7, 123456, null, NaN].map(shortNumber), ['0', '−1.23', '1e−7', '1.2e5', '–', '–']);
  });
});
