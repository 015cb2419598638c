import type { ModelFamily } from './modelFamily.js';

/** Wan 2.1 from text, a video transformer on flow's path; edits noise the clip's latents and denoise them, as diffusers' `WanVideoToVideoPipeline`. */
export const wan: ModelFamily = {
  title: 'Wan 2.1',
  paper: 'Wan Team 2025, "Wan: Open and Advanced Large-Scale Video Generative Models"',
  furtherChannels: () => 0,
  compressesTime: true,
  takesHints: false,
  toldPositions: false,
  encodesMean: true,
  runsBackwards: false,
  // diffusers' default.
  strength: 0.8,
  drawsWhatItShows: false,
  startsFromNoise: false,
  seesMask: false,
  options: [],
  check: () => undefined,
  guide: ({ guidance }) => Promise.resolve(guidance),
};
