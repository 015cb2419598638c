import type { Tensor } from '../core/index.js';

/** Lengths of a clip's latents along time, height and width. */
export type ClipExtent = readonly [frames: number, height: number, width: number];

/**
 * The low frequencies of one clip with the high ones of another, in time and space, channel by channel.
 *
 * A discrete Fourier transform along the three axes, as `torch.fft.fftn` over them with `fftshift`; one of the difference is enough, since it is linear.
 * @param low `[frames, channels, height, width]`. @param high in the same shape.
 * @param share how much of `low` there is at each frequency, 0 … 1: `[frames, height, width]` with frequency 0 at ⌊length ⁄ 2⌋ of each axis.
 */
export function mixFrequencies(low: Tensor, high: Tensor, share: Float64Array): Tensor {
  const [frames, channels, height, width] = low.dims as [number, number, number, number];
  const extent: ClipExtent = [frames, height, width];
  const area = height * width;
  const out = high.clone();
  const real = new Float64Array(frames * area);
  const imaginary = new Float64Array(frames * area);
  for (let channel = 0; channel < channels; channel++) {
    const at = (i: number) => (Math.floor(i / area) * channels + channel) * area + (i % area);
    for (let i = 0; i < real.length; i++) real[i] = low.data[at(i)]! - high.data[at(i)]!;
    imaginary.fill(0);
    transform(real, imaginary, extent, -1);
    for (let i = 0; i < real.length; i++) {
      const kept = share[shifted(i, extent)]!;
      real[i]! *= kept;
      imaginary[i]! *= kept;
    }
    transform(real, imaginary, extent, 1);
    for (let i = 0; i < real.length; i++) out.data[at(i)]! += real[i]! / real.length;
  }
  return out;
}

/** Where a frequency stands once 0 is in the middle of every axis. */
function shifted(index: number, [frames, height, width]: ClipExtent): number {
  const middle = (i: number, length: number) => (i + Math.floor(length / 2)) % length;
  const [f, y, x] = [Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width];
  return (middle(f, frames) * height + middle(y, height)) * width + middle(x, width);
}

/** A Fourier transform along all axes, in place. @param sign −1 forwards, 1 backwards, without division. */
function transform(real: Float64Array, imaginary: Float64Array, [frames, height, width]: ClipExtent, sign: number): void {
  for (const [length, stride] of [
    [frames, height * width],
    [height, width],
    [width, 1],
  ] as const)
    transformAxis(real, imaginary, length, stride, sign);
}

/** By its definition: axes are short, and of any length. */
function transformAxis(real: Float64Array, imaginary: Float64Array, length: number, stride: number, sign: number): void {
  const cosines = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  const sines = Float64Array.from({ length }, (_, i) => sign * Math.sin((2 * Math.PI * i) / length));
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  for (let line = 0; line < real.length / length; line++) {
    const first = Math.floor(line / stride) * stride * length + (line % stride);
    for (let k = 0; k < length; k++) {
      let [sumRe, sumIm] = [0, 0];
      for (let n = 0, turn = 0; n < length; n++, turn = (turn + k) % length) {
        const [a, b] = [real[first + n * stride]!, imaginary[first + n * stride]!];
        sumRe += a * cosines[turn]! - b * sines[turn]!;
        sumIm += a * sines[turn]! + b * cosines[turn]!;
      }
      re[k] = sumRe;
      im[k] = sumIm;
    }
    for (let k = 0; k < length; k++) {
      real[first + k * stride] = re[k]!;
      imaginary[first + k * stride] = im[k]!;
    }
  }
}
