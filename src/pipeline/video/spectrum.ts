/**
 * Magnitudes of the discrete Fourier transform of real samples, by Cooley and Tukey's algorithm of radix 2 (1965).
 *
 * @param samples as many as a power of two.
 * @returns those of frequencies 0 to half the rate: `samples.length / 2 + 1`.
 */
export function spectrumOf(samples: Float64Array): Float64Array {
  const size = samples.length;
  const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0, reversed = 0; i < size; i++) {
    real[reversed] = samples[i]!;
    let bit = size >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
  for (let length = 2; length <= size; length <<= 1) {
    const half = length >> 1;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / length;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < size; i += length) {
        const j = i + half;
        const [re, im] = [real[j]! * cos - imaginary[j]! * sin, real[j]! * sin + imaginary[j]! * cos];
        [real[j], imaginary[j]] = [real[i]! - re, imaginary[i]! - im];
        [real[i], imaginary[i]] = [real[i]! + re, imaginary[i]! + im];
      }
    }
  }
  return Float64Array.from({ length: size / 2 + 1 }, (_, i) => Math.hypot(real[i]!, imaginary[i]!));
}
