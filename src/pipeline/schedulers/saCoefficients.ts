/**
 * Shares of the predictions in a step of SA-Solver: Lagrange polynomials through the nodes, integrated against the exponential weight.
 *
 * Xue et al. 2023, equations 14 and 17, with the second-order correction of their code.
 *
 * @param isData whether clean samples are integrated (weight e^((1+τ²)λ)), or noise (weight e^(−λ)).
 * @param nodes λ of each prediction, newest first.
 * @param kind which of the two corrections second order takes.
 */
export function adamsCoefficients(
  isData: boolean,
  nodes: readonly number[],
  start: number,
  end: number,
  tau: number,
  kind: 'bashforth' | 'moulton',
): number[] {
  const order = nodes.length;
  const power = (exponent: number) => (isData ? positiveIntegral(exponent, start, end, tau) : negativeIntegral(exponent, start, end));
  const coefficients = nodes.map((_, which) => lagrange(nodes, which).reduce((sum, factor, j) => sum + factor * power(order - 1 - j), 0));
  if (!isData || order !== 2) return coefficients;
  const h = end - start;
  const weight = 1 + tau ** 2;
  const curve = (h * weight - 1 + Math.exp(-weight * h)) / weight ** 2;
  const correction = Math.exp(weight * end) * (kind === 'bashforth' ? (h ** 2 / 2 - curve) / (start - nodes[1]!) : h / 2 - curve / h);
  return [coefficients[0]! + correction, coefficients[1]! - correction];
}

/** Coefficients, highest power first, of the polynomial that is 1 at node `which` and 0 at the others. */
function lagrange(nodes: readonly number[], which: number): number[] {
  return nodes.reduce(
    (polynomial, node, k) => {
      if (k === which) return polynomial;
      const scale = nodes[which]! - node;
      return [...polynomial, 0].map((value, i) => (value - (i > 0 ? node * polynomial[i - 1]! : 0)) / scale);
    },
    [1],
  );
}

/** ∫ e^(−x)·x^n dx over `start`…`end`. */
function negativeIntegral(exponent: number, start: number, end: number): number {
  const at = (x: number) => factors(exponent).reduce((sum, factor, k) => sum + factor * x ** (exponent - k), 0);
  return Math.exp(-end) * (at(start) * Math.exp(end - start) - at(end));
}

/** ∫ e^(c·x)·x^n dx over `start`…`end`, c = 1 + τ². */
function positiveIntegral(exponent: number, start: number, end: number, tau: number): number {
  const c = 1 + tau ** 2;
  const at = (x: number) => factors(exponent).reduce((sum, factor, k) => sum + (k % 2 === 0 ? factor : -factor) * x ** (exponent - k), 0);
  return (Math.exp(c * end) * (at(c * end) - at(c * start) * Math.exp(-c * (end - start)))) / c ** (exponent + 1);
}

/** 1, n, n(n−1), … n!: what integration by parts brings down. */
function factors(exponent: number): number[] {
  const all = [1];
  for (let k = 0; k < exponent; k++) all.push(all[k]! * (exponent - k));
  return all;
}
