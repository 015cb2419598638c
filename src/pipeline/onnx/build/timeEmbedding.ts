import { silu } from './activations.js';
import type { Value } from './graphBuilder.js';
import { linear } from './linear.js';
import type { Module } from './module.js';

/** How a timestep becomes numbers. */
export interface TimeEmbeddingOptions {
  /** Sinusoids: half of them sines, half cosines. */
  readonly width: number;
  /** Whether the cosines come first, as in Stable Diffusion. */
  readonly flipSinToCos: boolean;
  /** Subtracted from the number of frequencies in the exponent; 0 in Stable Diffusion. */
  readonly freqShift: number;
}

/**
 * diffusers' `Timesteps`: sines and cosines of the timestep at falling frequencies.
 *
 * @param timestep `[n]`.
 * @returns `[n, width]`.
 */
export function sinusoidsOf(m: Module, timestep: Value, { width, flipSinToCos, freqShift }: TimeEmbeddingOptions): Value {
  const half = width / 2;
  // In single precision step by step, as diffusers has them: a timestep of 1000 times a rate's last digit shows.
  const { fround } = Math;
  const rates = Array.from({ length: half }, (_, i) => fround(Math.exp(fround(fround(fround(-Math.log(10000)) * i) / (half - freqShift)))));
  const column = m.node('Unsqueeze', [timestep, m.graph.integers([1])], [timestep.dims[0]!, 1]);
  const angle = m.node('Mul', [column, m.graph.numbers(rates, [1, half])], [timestep.dims[0]!, half]);
  const waves = ['Sin', 'Cos'].map((op) => m.node(op, [angle], angle.dims));
  return m.node('Concat', flipSinToCos ? waves.reverse() : waves, [timestep.dims[0]!, width], { attributes: { axis: -1 } });
}

/**
 * diffusers' `Timesteps` and `TimestepEmbedding`: {@link sinusoidsOf} the timestep, two linears with SiLU between.
 *
 * @param timestep `[n]`, n = 1 or the batch.
 * @param guidance `timestep_cond` of latent consistency models, `[batch, channels]`, which is added to the sinusoids through `cond_proj`.
 * @returns `[n, channels]`, after the SiLU that every resnet would apply to it.
 */
export function timeEmbedding(m: Module, timestep: Value, options: TimeEmbeddingOptions, guidance?: Value): Value {
  let sinusoids = sinusoidsOf(m, timestep, options);
  if (guidance)
    sinusoids = m.node('Add', [sinusoids, linear(m.at('cond_proj'), guidance, options.width)], [guidance.dims[0]!, options.width]);
  return silu(m, linear(m.at('linear_2'), silu(m, linear(m.at('linear_1'), sinusoids))));
}
