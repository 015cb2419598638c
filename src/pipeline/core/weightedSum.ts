import { requireSameShape, Tensor } from './tensor.js';

/** A tensor and what it is multiplied by. */
type Term = readonly [weight: number, tensor: Tensor];

/**
 * `Σ weight · tensor` over tensors of one shape: the one arithmetic that schedulers and guidance need.
 *
 * Sums run in double precision and are rounded to float32 once.
 * @throws {FrameloomError} `FL_TENSOR_SHAPE` when the shapes differ.
 */
export function weightedSum(...terms: readonly (readonly [weight: number, tensor: Tensor])[]): Tensor {
  const first = terms[0]![1];
  for (let i = 1; i < terms.length; i++) requireSameShape(first, terms[i]![1]);
  const out = new Float32Array(first.size);
  // One to four terms are the hot cases. A loop over terms inside the loop over values is several times slower, and so are
  // loops that share a function: each is compiled for its own.
  if (terms.length === 1) addOne(out, ...(terms as [Term]));
  else if (terms.length === 2) addTwo(out, ...(terms as [Term, Term]));
  else if (terms.length === 3) addThree(out, ...(terms as [Term, Term, Term]));
  else if (terms.length === 4) addFour(out, ...(terms as [Term, Term, Term, Term]));
  else addMany(out, terms);
  return new Tensor(out, first.dims);
}

function addOne(out: Float32Array, [a, { data: x }]: Term): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]!;
}

function addTwo(out: Float32Array, [a, { data: x }]: Term, [b, { data: y }]: Term): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]! + b * y[i]!;
}

function addThree(out: Float32Array, [a, { data: x }]: Term, [b, { data: y }]: Term, [c, { data: z }]: Term): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]! + b * y[i]! + c * z[i]!;
}

function addFour(out: Float32Array, [a, { data: x }]: Term, [b, { data: y }]: Term, [c, { data: z }]: Term, [d, { data: w }]: Term): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]! + b * y[i]! + c * z[i]! + d * w[i]!;
}

function addMany(out: Float32Array, terms: readonly Term[]): void {
  const sum = new Float64Array(out.length);
  for (const [weight, { data }] of terms) addTo(sum, weight, data);
  for (let i = 0; i < out.length; i++) out[i] = sum[i]!;
}

function addTo(sum: Float64Array, weight: number, data: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * data[i]!;
}
