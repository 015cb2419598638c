import type { PreparedRun } from '../diffusion/index.js';
import { type DecodingNoise, LTX_DECODING } from '../networks/index.js';

/** The noise that a run's result is decoded with, where its decoder is told of it; undefined elsewhere, and nothing is drawn. */
export function decodingNoise({ model, options, noise }: Pick<PreparedRun, 'model' | 'options' | 'noise'>): DecodingNoise | undefined {
  if (!model.vae.decodesNoise) return undefined;
  const { decodeTimestep = LTX_DECODING.timestep, decodeNoiseScale = LTX_DECODING.noiseScale } = options;
  return { timestep: decodeTimestep, noiseScale: decodeNoiseScale, noise };
}
