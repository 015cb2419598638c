import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { findFfmpeg } from '../../../src/index.js';
import type { Frame } from '../../../src/pipeline/core/index.js';
import { percent, roundTicks, shortNumber } from '../../../src/shared/figures/ticks.js';
import { ink, paper } from '../../../src/display/drawing/colours.js';
import { contourOf } from '../../../src/shared/figures/contour.js';
import { resizePlane } from '../../../src/pipeline/core/index.js';
import { Page } from '../../../src/display/drawing/page.js';
import { encodeGreyPng, encodePalettePng } from '../../../src/display/drawing/palettePng.js';
import { shortened, useSystemFontFolders, widthOf, wrapped } from '../../../src/pipeline/drawing/index.js';

describe('Drawing of figures', () => {
  it('covers a pixel by as much of it as a shape takes up', () => {
    const page = new Page(8, 4, 1);
    page.rect({ x: 1.25, y: 1, width: 2, height: 1.5 }, { colour: [0, 0, 0] });
    const covered = (x: number, y: number): number => 1 - page.frame.data[(y * 8 + x) * 3]! / paper[0];
    for (const [x, y, share] of [
      [0, 1, 0],
      [1, 1, 0.75],
      [2, 1, 1],
      [3, 1, 0.25],
      [2, 2, 0.5],
      [3, 2, 0.125],
      [2, 3, 0],
      [4, 1, 0],
    ] as const) {
      assert.ok(Math.abs(covered(x, y) - share) < 0.01, `(${x}, ${y}): ${covered(x, y)}, not ${share}`);
    }
  });

  it('leaves holes where an outline runs the other way round', () => {
    const page = new Page(10, 10, 1);
    page.polygon(
      [
        [
          [0, 0],
          [10, 0],
          [10, 10],
          [0, 10],
        ],
        [
          [3, 3],
          [3, 7],
          [7, 7],
          [7, 3],
        ],
      ],
      { colour: [0, 0, 0] },
    );
    assert.equal(page.frame.data[0], 0);
    assert.equal(page.frame.data[(5 * 10 + 5) * 3], paper[0]);
  });

  it('writes letters where it says they are, in any size, also Greek and with accents', () => {
    for (const text of ['frame 12', 'σ 0.24 → −1', 'Ünïcödé', 'Красная машина']) {
      for (const scale of [1, 2.5]) {
        const page = new Page(120, 30, scale);
        const width = page.text(text, 20, 20, { size: 12 });
        const { left, right, top, bottom } = inkOf(page.frame);
        assert.ok(Math.abs(width - widthOf(text, 12)) < 1e-9);
        assert.ok(
          left / scale >= 19.5 && left / scale < 23 && right / scale > 20 + width - 3 && right / scale < 20.5 + width,
          `${text}: ${left} … ${right}`,
        );
        assert.ok(top / scale > 7 && bottom / scale < 24);
      }
    }
  });

  describe('in scripts that its own fonts do not have', () => {
    after(() => useSystemFontFolders(undefined));
    const picture = (text: string): Buffer => {
      const page = new Page(160, 24, 2);
      page.text(text, 4, 17, { size: 14 });
      return Buffer.from(page.frame.data);
    };

    it('writes with the fonts of the machine', () => {
      useSystemFontFolders([path.join(__dirname, 'fonts')]);
      assert.equal(widthOf('红色的汽车', 10), 50);
      assert.notDeepEqual(picture('红色的'), picture('汽车红'));
      const { left, right } = inkOf({ data: picture('汽车 car'), width: 320, height: 48 });
      assert.ok(left >= 6 && right > 8 + 2 * (28 + widthOf(' ca', 14)) && right < 10 + 2 * widthOf('汽车 car', 14), `${left} … ${right}`);
    });

    it('says in the line that a machine has no font for them, and which', () => {
      useSystemFontFolders([]);
      assert.deepEqual(picture('红色 car'), picture('[Han: no font] car'));
      assert.deepEqual(picture('مرحبا'), picture('[Arabic: no font]'));
      assert.deepEqual(picture('a red car'), picture('a red car'));
    });

    it('has emoji of its own, each with its picture; joiners and skin tones leave no mark', () => {
      useSystemFontFolders([]);
      const pictures = ['🚗', '🎈', '🐸', '❤', '🇩'].map((emoji) => picture(emoji).toString('base64'));
      assert.equal(
        new Set([...pictures, picture('').toString('base64'), picture('[emoji: no font]').toString('base64')]).size,
        pictures.length + 2,
      );
      assert.deepEqual(picture('👍🏽'), picture('👍'));
      assert.deepEqual(picture('👩‍🚀'), picture('👩🚀'));
    });
  });

  it('writes what looks like markup as text, and leaves control characters out', () => {
    const page = new Page(200, 30, 1);
    page.text('<a href="x">&amp;</a>\u0000\u001b[31m', 4, 20);
    const svg = page.svg('what <a href="x"> shows');
    assert.ok(!svg.includes('<a ') && !svg.includes('\u0000'));
    assert.ok(inkOf(page.frame).right > 100);
  });

  it('shortens and breaks texts to the room there is', () => {
    const text = 'a big red car moving right on a blue background';
    const short = shortened(text, 100, 12);
    assert.ok(short.endsWith('…') && widthOf(short, 12) <= 100 && text.startsWith(short.slice(0, -1)));
    assert.equal(shortened(text, 1000, 12), text);
    const lines = wrapped(text, 100, 12, { most: 10 });
    assert.equal(lines.join(' '), text);
    assert.ok(lines.length > 2 && lines.every((line) => widthOf(line, 12) <= 100));
    assert.ok(wrapped(text, 100, 12, { most: 2 })[1]!.endsWith('…'));
  });

  it('marks axes at round values within their ends', () => {
    assert.deepEqual(roundTicks(0, 25, 5), [0, 5, 10, 15, 20, 25]);
    assert.deepEqual(roundTicks(-6.4, 2.9, 3), [-5, 0]);
    assert.deepEqual(roundTicks(0, 0.31, 3), [0, 0.1, 0.2, 0.3]);
    assert.deepEqual(roundTicks(3, 3, 4), [3]);
    assert.equal(shortNumber(-0.2456), '−0.246');
    assert.equal(shortNumber(2.5e-6), '2.5e−6');
    assert.equal(percent(0.0312), '3.1 %');
  });

  it('outlines a map where it crosses a level', () => {
    const size = 24;
    const data = Float32Array.from({ length: size * size }, (_, i) => Math.hypot((i % size) + 0.5 - 12, Math.floor(i / size) + 0.5 - 12));
    const pieces = contourOf({ data, width: size, height: size }, 7);
    assert.ok(pieces.length > 20);
    for (const [x, y] of pieces.flat()) assert.ok(Math.abs(Math.hypot(x - 12, y - 12) - 7) < 0.1);
    const ends = new Map<string, number>();
    for (const point of pieces.flat())
      ends.set(point.map((value) => value.toFixed(6)).join(), (ends.get(point.map((value) => value.toFixed(6)).join()) ?? 0) + 1);
    assert.ok(
      [...ends.values()].every((count) => count === 2),
      'the circle is closed',
    );
    assert.deepEqual(contourOf({ data, width: size, height: size }, 100), []);
  });

  it('reads maps between their values', () => {
    const map = { data: [0, 1, 2, 3], width: 2, height: 2 };
    assert.deepEqual([...resizePlane(map, 3, 3)], [0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3]);
  });

  it('writes PNG files that others read: few colours exactly, many nearly, grey as it is', async () => {
    const page = new Page(60, 20, 1);
    page.rect({ x: 10, y: 5, width: 20, height: 10 }, { colour: [200, 30, 60] });
    page.rect({ x: 40, y: 5, width: 10, height: 10 }, { colour: ink });
    assert.deepEqual(await decoded(await encodePalettePng(page.frame), 'rgb24'), Buffer.from(page.frame.data));

    const many = new Page(64, 64, 1);
    many.shade({ x: 0, y: 0, width: 64, height: 64 }, (u, v) => [u * 255, v * 255, (u + v) * 127, 1]);
    const pixels = await decoded(await encodePalettePng(many.frame), 'rgb24');
    const mean = pixels.reduce((sum, value, i) => sum + Math.abs(value - many.frame.data[i]!), 0) / pixels.length;
    assert.ok(mean < 6, String(mean));
    assert.ok((await encodePalettePng(many.frame, 16)).length < (await encodePalettePng(many.frame)).length);

    const grey = Uint8Array.from({ length: 256 }, (_, i) => i);
    assert.deepEqual(await decoded(await encodeGreyPng(grey, 32, 8), 'gray'), Buffer.from(grey));
  });
});

async function decoded(png: Buffer, format: 'rgb24' | 'gray'): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  return execFileSync(ffmpeg, ['-v', 'error', '-f', 'png_pipe', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', format, '-'], { input: png });
}

/** The rectangle of what is darker than the paper. */
function inkOf({ data, width, height }: Frame): { left: number; right: number; top: number; bottom: number } {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let at = 0; at < width * height; at++) {
    if (data[at * 3]! > 200) continue;
    [left, right] = [Math.min(left, at % width), Math.max(right, (at % width) + 1)];
    [top, bottom] = [Math.min(top, Math.floor(at / width)), Math.max(bottom, Math.floor(at / width) + 1)];
  }
  return { left, right, top, bottom };
}
