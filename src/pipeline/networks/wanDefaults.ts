import type { Json } from './modelFiles.js';

/** What Wan 2.1's files do not say, in the spelling of `unet/config.json`: clips of 81 frames of 832 × 480 pixels, whose latents are cut into patches of 2 × 2. */
const training = { num_frames: 81, sample_size: [60, 104], latent_size_multiple: 2 } as const;

/** diffusers' own for Wan, but for its 50 steps; in the spelling of `recommended_settings`. */
const recommended = { num_inference_steps: 25, guidance_scale: 5, fps: 16 } as const;

/** Tokens that Wan was trained with; shorter prompts are filled up with zeros. */
export const WAN_TOKENS = 512;

/** A Wan transformer's settings with what it was trained on. */
export function withWanTraining(transformer: Json): Json {
  return { ...training, ...transformer };
}

/** Wan's `model_index.json` with the settings that it works well with. */
export function withWanSettings(index: Json): Json {
  return { ...index, recommended_settings: { ...recommended, ...(index.recommended_settings ?? {}) } };
}
