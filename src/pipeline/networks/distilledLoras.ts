/** How a video model is run under a LoRA that was distilled from it, as those who made it say: in few steps, and without guidance. */
export interface Distillation {
  /** What it is called in the field. */
  readonly title: string;
  /** Denoising steps. */
  readonly steps: number;
}

/** Words by which they are known; nothing else in their files tells. */
const known: readonly [RegExp, Distillation][] = [
  // Yin et al. 2025, "From Slow Bidirectional to Fast Autoregressive Video Diffusion Models"; its LoRAs are run in 4 to 12 steps.
  [/causvid/, { title: 'CausVid', steps: 8 }],
  // Huang et al. 2025, "Self Forcing"; LightX2V's step and guidance distillation is made the same way.
  [/self[-_ ]?forcing|lightx2v|(step|cfg)[-_ ]?distill/, { title: 'self-forcing', steps: 4 }],
  // Zhang et al. 2025, "VSA: Faster Video Diffusion with Trainable Sparse Attention": timesteps 1000, 757 and 522.
  [/fast[-_ ]?wan/, { title: 'FastWan', steps: 3 }],
];

/** How a LoRA was distilled, by the names that it has; undefined for one that was not, or that says nothing of it. */
export function distillationOf(names: readonly (string | undefined)[]): Distillation | undefined {
  const words = names.join(' ').toLowerCase();
  return known.find(([word]) => word.test(words))?.[1];
}
