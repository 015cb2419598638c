/*
 * IEEE 754 half precision: 1 sign bit, 5 bits of exponent, 10 of fraction. Written for speed, since every captured step
 * goes through here; rounding is to nearest, ties to even, as everywhere else.
 */

const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

/** All 65,536 values, made at the first use. */
let table: Float32Array | undefined;

/** Float32 values as the bits of the nearest half-precision ones. */
export function toFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const bits = source[i]!;
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x47800000)
      out[i] = sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00); // too large, infinite or NaN
    else if (magnitude >= 0x38800000) out[i] = sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
    else {
      // Subnormal: adding ½ puts the bits that are kept at the end of the fraction, correctly rounded.
      wordBits[0] = magnitude;
      word[0] = word[0]! + 0.5;
      out[i] = sign | (wordBits[0] - 0x3f000000);
    }
  }
  return out;
}

/** The values that half-precision bits stand for. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, half) => valueOf(half));
  const out = new Float32Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = table[bits[i]!]!;
  return out;
}

function valueOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
