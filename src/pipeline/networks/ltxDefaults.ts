import { takesConditions } from './ltxKinds.js';
import type { Json } from './modelFiles.js';

/** What LTX-Video's files do not say, in the spelling of `unet/config.json`: clips of 161 frames of 704 × 512 pixels, each of whose latent places is a token. */
const training = { num_frames: 161, sample_size: [16, 22], latent_size_multiple: 1 } as const;

/** diffusers' own for LTX-Video, but for its 50 steps; in the spelling of `recommended_settings`. */
const recommended = { num_inference_steps: 25, guidance_scale: 3, fps: 25 } as const;

/** The same for distilled ones, which guidance spoils. */
const distilled = { num_inference_steps: 8, guidance_scale: 1, fps: 25 } as const;

/** Timesteps that distilled LTX-Videos are run at, in as many steps (their makers' for 0.9.7 and later). */
const DISTILLED_TIMESTEPS = [1000, 993, 987, 981, 975, 909, 725, 0.03] as const;

/** Tokens that a prompt has at most: where it is filled up to so many before it is encoded (`LTXPipeline`), and where padding is hidden (`LTXConditionPipeline`). */
export const LTX_TOKENS = { cut: 128, none: 256 } as const;

/** How a decoder that is told how noisy its latents are is run: its makers' values. Timestep and share of noise, 0…1. */
export const LTX_DECODING = { timestep: 0.05, noiseScale: 0.025 } as const;

/** Whether an LTX-Video is distilled: nothing but the names of its files says so. */
function isDistilled(name: string, index: Json): boolean {
  return /distill/i.test([name, index._name_or_path].filter((text) => typeof text === 'string').join(' '));
}

/**
 * An LTX-Video transformer's settings with what it was trained on, how its steps are placed, and where its latent frames stand: from 0.9.5 on (`LTXConditionPipeline`)
 * at the first of their frames.
 */
export function withLtxTraining(transformer: Json, index: Json, name: string): Json {
  const conditions = takesConditions(index);
  return {
    ...training,
    ...transformer,
    causal_positions: conditions,
    sigma_spacing: conditions ? 'linear-quadratic' : 'linear',
    ...(isDistilled(name, index) ? { distilled_timesteps: DISTILLED_TIMESTEPS } : {}),
  };
}

/** LTX-Video's `model_index.json` with the settings that it works well with. @param name of the model. */
export function withLtxSettings(index: Json, name: string): Json {
  return {
    ...index,
    recommended_settings: { ...(isDistilled(name, index) ? distilled : recommended), ...(index.recommended_settings ?? {}) },
  };
}

/** An LTX-Video autoencoder's settings with how much it compresses, which follows from its levels where it is not written. */
export function withLtxCompression(vae: Json): Json {
  const { spatio_temporal_scaling: halves = [true, true, true, false], patch_size: patch = 4, patch_size_t: frames = 1 } = vae;
  const times = 2 ** (Array.isArray(halves) ? halves.filter(Boolean).length : 0);
  return {
    ...vae,
    vae_scale_factor: vae.spatial_compression_ratio ?? Number(patch) * times,
    temporal_compression_ratio: vae.temporal_compression_ratio ?? Number(frames) * times,
  };
}
