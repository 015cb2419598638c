import type { ModelFamily } from './modelFamily.js';

/** Text alone: Stable Diffusion 1.x and 2.x, latent consistency models, AnimateDiff. */
export const stableDiffusion: ModelFamily = {
  title: 'Stable Diffusion',
  paper: 'Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models"',
  furtherChannels: () => 0,
  compressesTime: false,
  takesHints: false,
  toldPositions: false,
  encodesMean: false,
  runsBackwards: true,
  drawsWhatItShows: false,
  startsFromNoise: false,
  seesMask: false,
  options: [],
  check: () => undefined,
  guide: ({ guidance }) => Promise.resolve(guidance),
};
