import { type Frame, Tensor } from '../core/index.js';

/** Value in −1…1 of each of the 256 levels. */
const levels = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/** RGB frames of one size to `[frames, 3, height, width]` in −1…1. */
export function framesToTensor(frames: readonly Frame[]): Tensor {
  const { width, height } = frames[0]!;
  const area = width * height;
  const out = new Float32Array(frames.length * 3 * area);
  frames.forEach(({ data }, index) => {
    const base = index * 3 * area;
    for (let pixel = 0, byte = 0; pixel < area; pixel++) {
      out[base + pixel] = levels[data[byte++]!]!;
      out[base + area + pixel] = levels[data[byte++]!]!;
      out[base + 2 * area + pixel] = levels[data[byte++]!]!;
    }
  });
  return new Tensor(out, [frames.length, 3, height, width]);
}

/** `[frames, 3, height, width]` in −1…1 to RGB frames; values outside are clamped. */
export function tensorToFrames(tensor: Tensor): Frame[] {
  const [count, , height, width] = tensor.dims as [number, number, number, number];
  const area = width * height;
  return Array.from({ length: count }, (_, index) => {
    const data = new Uint8Array(3 * area);
    const base = index * 3 * area;
    for (let pixel = 0, byte = 0; pixel < area; pixel++) {
      for (let channel = 0; channel < 3; channel++) data[byte++] = toLevel(tensor.data[base + channel * area + pixel]!);
    }
    return { data, width, height };
  });
}

function toLevel(value: number): number {
  // Arithmetic first, clamping last: the compiler keeps it branch-free for the common case.
  const level = Math.round((value + 1) * 127.5);
  return level < 0 ? 0 : level > 255 ? 255 : level;
}
