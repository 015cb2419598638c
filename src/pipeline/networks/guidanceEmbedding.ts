import type { Feed } from './elementTypes.js';

/**
 * The sinusoidal embedding of `guidanceScale − 1` that distilled networks take (diffusers' `get_guidance_scale_embedding`).
 *
 * @returns `[batch, width]`, every row the same.
 */
export function guidanceEmbedding(guidanceScale: number, width: number, batch: number): Feed {
  const half = Math.floor(width / 2);
  const angle = (i: number) => (guidanceScale - 1) * 1000 * Math.exp((-Math.log(10000) * i) / (half - 1));
  const row = Array.from({ length: width }, (_, i) => (i < half ? Math.sin(angle(i)) : i < 2 * half ? Math.cos(angle(i - half)) : 0));
  return { data: Array<number[]>(batch).fill(row).flat(), dims: [batch, width] };
}
