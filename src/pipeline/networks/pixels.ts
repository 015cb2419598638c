import { type Frame, Tensor } from '../core/index.js';

/** Value in −1…1 of each of the 256 levels. */
const levels = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/** RGB frames of one size to `[frames, 3, height, width]` in −1…1. */
export function framesToTensor(frames: readonly Frame[]): Tensor {
  const { width, height } = frames[0]!;
  const area = width * height;
  const out = new Float32Array(frames.length * 3 * area);
  frames.forEach(({ data }, index) => {
    for (let channel = 0; channel < 3; channel++) readLevels(data, channel, out, (3 * index + channel) * area);
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
    for (let channel = 0; channel < 3; channel++) writeLevels(tensor.data, base + channel * area, data, channel);
    return { data, width, height };
  });
}

/** Writes one colour's levels as values in −1…1, from `start` on. */
function readLevels(bytes: Uint8Array, channel: number, values: Float32Array, start: number): void {
  for (let byte = channel, i = start; byte < bytes.length; byte += 3, i++) values[i] = levels[bytes[byte]!]!;
}

/** Writes one colour's values, in −1…1 and from `start` on, as levels between the other two colours' bytes. */
function writeLevels(values: Float32Array, start: number, bytes: Uint8Array, channel: number): void {
  for (let byte = channel, i = start; byte < bytes.length; byte += 3, i++) {
    // Truncated after adding a half: what Math.round gives, without its care for negative zero.
    const level = (values[i]! + 1) * 127.5 + 0.5;
    bytes[byte] = level <= 0 ? 0 : level >= 255 ? 255 : level;
  }
}
