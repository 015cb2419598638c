import assert from 'node:assert/strict';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { WholeLook } from '../../../../src/pipeline/editing/wholeLook.js';

const [width, height] = [32, 32];
type Rgb = readonly [number, number, number];
const colours: readonly Rgb[] = [
  [200, 40, 30],
  [30, 150, 60],
  [40, 80, 210],
  [230, 200, 60],
];

function draw(colour: (index: number, x: number) => Rgb): Frame {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(colour(Math.floor((i % width) / 8), i % width), 3 * i);
  return { data: new Uint8Array(data.buffer), width, height };
}

function learnt(edited: Frame): (rgb: Rgb) => number[] {
  const look = new WholeLook();
  look.learn([{ roundTrip: draw((index) => colours[index]!), edited }]);
  const out = new Float32Array(3);
  return (rgb) => (look.found().apply(rgb, 0, out), [...out]);
}

const luma = ([r, g, b]: Rgb) => 0.299 * r + 0.587 * g + 0.114 * b;

function near(made: readonly number[], wanted: readonly number[], within: number): void {
  const far = Math.max(...made.map((level, i) => Math.abs(level - wanted[i]!)));
  assert.ok(
    far <= within,
    `${made.map((level) => level.toFixed(0)).join(', ')} is not ${wanted.map((level) => level.toFixed(0)).join(', ')}`,
  );
}

describe('a look of the whole picture', () => {
  it('is found by all colours together, though some pixels are redrawn otherwise: fog, black and white, sepia', () => {
    const looks: Readonly<Record<string, (rgb: Rgb) => Rgb>> = {
      fog: (rgb) => rgb.map((level, i) => 0.45 * level + [116, 119, 122][i]!) as unknown as Rgb,
      gray: (rgb) => [luma(rgb), luma(rgb), luma(rgb)],
      sepia: (rgb) => [1.05 * luma(rgb) + 20, 0.85 * luma(rgb) + 13, 0.62 * luma(rgb) + 5],
    };
    for (const look of Object.values(looks)) {
      const of = learnt(draw((index, x) => (x % 8 === 3 ? [250, 250, 250] : look(colours[index]!))));
      for (const rgb of [...colours, [120, 60, 160] as const]) near(of(rgb), look(rgb), 20);
    }
  });

  it('does not follow an error about one colour, and makes nothing of a picture of one colour but what it became', () => {
    const gray = ([r, g, b]: Rgb): Rgb => [luma([r, g, b]), luma([r, g, b]), luma([r, g, b])];
    const bluish = (index: number): Rgb => {
      const [level] = gray(colours[index]!);
      return index === 1 ? [level - 16, level, level + 24] : [level, level, level];
    };
    const [r, , b] = learnt(draw(bluish))(colours[1]!) as [number, number, number];
    assert.ok(b - r < 25, `still ${(b - r).toFixed(0)} of 40 levels bluer than red`);
    const look = new WholeLook();
    look.learn([{ roundTrip: draw(() => [90, 120, 200]), edited: draw(() => [150, 160, 190]) }]);
    const out = new Float32Array(3);
    look.found().apply([90, 120, 200], 0, out);
    near([...out], [150, 160, 190], 1);
  });
});
