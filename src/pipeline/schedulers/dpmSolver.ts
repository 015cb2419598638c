import { type Tensor, weightedSum } from '../core/index.js';

/** Which integral is solved (noise: `dpmsolver`, data: `dpmsolver++`) and whether as an ODE or an SDE. */
export type DPMSolverAlgorithm = 'dpmsolver' | 'dpmsolver++' | 'sde-dpmsolver' | 'sde-dpmsolver++';

/** A noise level as DPM-Solver sees it: `sample = alpha·x₀ + sigma·ε`, λ = ln(alpha/sigma) half the log signal-to-noise ratio. */
export interface NoiseLevel {
  /** Share of the clean sample. */
  alpha: number;
  /** Share of the noise. */
  sigma: number;
  /** ln(alpha/sigma); +∞ where there is no noise. */
  lambda: number;
}

/** The factors of one update: `ratio·sample + c0·D0 + c1·D1 + c2·D2 + noise·z`. */
export interface DPMSolverFactors {
  /** Of the sample. */
  ratio: number;
  /** Of the newest output. */
  c0: number;
  /** Factor of the first difference in the midpoint rule. */
  midpoint: number;
  /** Factor of the first difference in the exact (Heun) rule. */
  heun: number;
  /** Of the second difference. */
  /** Factor of the second difference in the third order, as in diffusers and in the authors' code: half of what Taylor's series asks for, so that errors fall as those of order 2. */
  c2: number;
  /** Of fresh noise. */
  noise: number;
}

/** Lu et al. 2022, "DPM-Solver" (2206.00927) and "DPM-Solver++" (2211.01095), for a step of h in λ from `from` to `to`. */
export function dpmSolverFactors(algorithm: DPMSolverAlgorithm, to: NoiseLevel, from: NoiseLevel): DPMSolverFactors {
  const h = to.lambda - from.lambda;
  switch (algorithm) {
    case 'dpmsolver++': {
      const e = Math.expm1(-h);
      return {
        ratio: to.sigma / from.sigma,
        c0: -to.alpha * e,
        midpoint: -0.5 * to.alpha * e,
        heun: to.alpha * (e / h + 1),
        c2: -to.alpha * ((e + h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'dpmsolver': {
      const e = Math.expm1(h);
      return {
        ratio: to.alpha / from.alpha,
        c0: -to.sigma * e,
        midpoint: -0.5 * to.sigma * e,
        heun: -to.sigma * (e / h - 1),
        c2: -to.sigma * ((e - h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'sde-dpmsolver++': {
      const e = -Math.expm1(-2 * h);
      return {
        ratio: (to.sigma / from.sigma) * Math.exp(-h),
        c0: to.alpha * e,
        midpoint: 0.5 * to.alpha * e,
        heun: to.alpha * (e / (-2 * h) + 1),
        c2: to.alpha * ((e - 2 * h) / (2 * h) ** 2 - 0.5),
        noise: to.sigma * Math.sqrt(Math.max(e, 0)),
      };
    }
    case 'sde-dpmsolver': {
      const e = Math.expm1(h);
      return {
        ratio: to.alpha / from.alpha,
        c0: -2 * to.sigma * e,
        midpoint: -to.sigma * e,
        heun: -2 * to.sigma * (e / h - 1),
        c2: NaN, // No third order has been published for it; the scheduler refuses the combination.
        noise: to.sigma * Math.sqrt(Math.max(Math.expm1(2 * h), 0)),
      };
    }
  }
}

/**
 * One update of order 1, 2 or 3: as many as there are `outputs`, less those that were made no step apart.
 *
 * Schedules of many steps visit some timesteps twice. Where that makes a step of no length, the sample stays as it is (the
 * published formulae give 0/0); and two predictions at one noise level have no slope between them, so that a lower order is used.
 *
 * @param levels noise levels: the one to reach, then those at which `outputs` were made, newest first.
 * @param outputs converted predictions (x₀ for the `++` kinds, ε for the others), newest first.
 * @param noise standard normal noise for the SDE kinds.
 */
export function dpmSolverUpdate(
  algorithm: DPMSolverAlgorithm,
  rule: 'midpoint' | 'heun',
  levels: readonly NoiseLevel[],
  outputs: readonly Tensor[],
  sample: Tensor,
  noise: Tensor | undefined,
): Tensor {
  const [to, s0, s1, s2] = levels as [NoiseLevel, NoiseLevel, NoiseLevel?, NoiseLevel?];
  if (to.lambda === s0.lambda) return sample;
  const m1 = s1 && s1.lambda !== s0.lambda ? outputs[1] : undefined;
  const m2 = s1 && s2 && s2.lambda !== s1.lambda ? outputs[2] : undefined;
  const f = dpmSolverFactors(algorithm, to, s0);
  // D1 and D2, the divided differences of the outputs, are spelt out as weights of the outputs themselves.
  const weights = [f.c0, 0, 0];
  if (m1 && m2 && s1 && s2) {
    const h = to.lambda - s0.lambda;
    const r0 = (s0.lambda - s1.lambda) / h;
    const r1 = (s1.lambda - s2.lambda) / h;
    // D1_0 = (m0 − m1)/r0, D1_1 = (m1 − m2)/r1, D1 = D1_0 + r0/(r0 + r1)·(D1_0 − D1_1), D2 = (D1_0 − D1_1)/(r0 + r1)
    const recent = f.heun * (1 + r0 / (r0 + r1)) + f.c2 / (r0 + r1);
    const older = -f.heun * (r0 / (r0 + r1)) - f.c2 / (r0 + r1);
    weights[0]! += recent / r0;
    weights[1]! += -recent / r0 + older / r1;
    weights[2]! -= older / r1;
  } else if (m1 && s1) {
    const r0 = (s0.lambda - s1.lambda) / (to.lambda - s0.lambda);
    const c1 = rule === 'heun' ? f.heun : f.midpoint;
    weights[0]! += c1 / r0;
    weights[1]! -= c1 / r0;
  }
  const terms: [number, Tensor][] = [[f.ratio, sample], ...outputs.map((output, i): [number, Tensor] => [weights[i]!, output])];
  if (noise) terms.push([f.noise, noise]);
  return weightedSum(...terms);
}
