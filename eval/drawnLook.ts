import type { Frame } from '../src/index.js';

/** What a look makes of red, green and blue, 0…1; the numbers of `look` in `training/clips.py`. */
const looks: Readonly<Record<string, (colour: readonly [number, number, number]) => readonly number[]>> = {
  gray: (colour) => [luma(colour), luma(colour), luma(colour)],
  sepia: (colour) => [1.05 * luma(colour) + 0.08, 0.85 * luma(colour) + 0.05, 0.62 * luma(colour) + 0.02],
  fog: ([r, g, b]) => [0.45 * r + 0.55 * 0.83, 0.45 * g + 0.55 * 0.85, 0.45 * b + 0.55 * 0.87],
};

const luma = ([r, g, b]: readonly [number, number, number]): number => 0.3 * r + 0.59 * g + 0.11 * b;

/**
 * A clip with a look as drawn clips have it: what an edit should come to. What a judge cannot read there (stripes are blue, in black and white) no edit can have kept.
 * @returns undefined for what is no look of colours alone.
 */
export function drawnLook(frames: readonly Frame[], look: string): Frame[] | undefined {
  const made = looks[look];
  if (!made) return undefined;
  return frames.map(({ data, width, height }) => {
    const out = new Uint8ClampedArray(data.length);
    for (let i = 0; i < data.length; i += 3)
      out.set(
        made([data[i]! / 255, data[i + 1]! / 255, data[i + 2]! / 255]).map((share) => 255 * share),
        i,
      );
    return { data: new Uint8Array(out.buffer), width, height };
  });
}
