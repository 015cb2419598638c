/** Coefficients of a rational function p(y) ⁄ q(y) that is ln(1 + y) between 1/√2 and √2, from the constant up. */
const P = [0, 1, 2.1126776, 1.4800006, 0.38088378, 0.025899792].map(Math.fround);
const Q = [1, 2.6126776, 2.453006, 0.9864943, 0.15464763, 0.0058750953].map(Math.fround);
const LN_2 = Math.fround(Math.LN2);
const SQRT_HALF = Math.fround(Math.SQRT1_2);

/**
 * ln x of a number in single precision, above 0, with the last digit as NumPy's vectorised logarithm has it.
 *
 * In one case of ten that is not the nearest number. diffusers finds the timestep of a σ between such logarithms and cuts its fraction
 * off, so that the last digit decides between two timesteps where a schedule ends on a trained σ. The algorithm is that of NumPy's
 * `simd_log_f32`; a fused multiplication is a double-precision one, rounded once more.
 */
export function singlePrecisionLog(x: number): number {
  let exponent = Math.floor(Math.log2(x)) + 1;
  let mantissa = x / 2 ** exponent;
  if (mantissa >= 1) {
    mantissa /= 2;
    exponent++;
  }
  if (mantissa <= SQRT_HALF) {
    mantissa *= 2;
    exponent--;
  }
  const y = Math.fround(mantissa - 1);
  const polynomial = (coefficients: readonly number[]) =>
    coefficients.reduceRight((sum, coefficient) => Math.fround(sum * y + coefficient));
  return Math.fround(exponent * LN_2 + Math.fround(polynomial(P) / polynomial(Q)));
}
