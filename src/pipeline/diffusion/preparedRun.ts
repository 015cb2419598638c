import type { LatentDiffusionNetworks, Conditioning } from '../networks/index.js';
import type { Generator } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';
import type { DenoiseObserver } from './denoise.js';
import type { FrameNoise } from './frameNoise.js';
import type { Guidance } from './guidance.js';
import type { DiffusionOptions } from './options.js';
import type { PreparationWatch } from './preparationWatch.js';
import type { Stopwatch } from './stopwatch.js';

/** A run's options with every default filled in and every value checked. */
export interface PreparedRun {
  /** The model. */
  model: LatentDiffusionNetworks;
  /** The prompt as given. */
  prompt: string;
  /** The text that the network is guided by: the prompt, unless an edit looks at a part of the picture alone. */
  guidedBy: string;
  /** Denoising steps of the whole schedule. */
  numInferenceSteps: number;
  /** What to steer by. */
  guidance: Guidance;
  /** Encodes a further prompt for the UNet. */
  condition: (text: string) => Promise<Conditioning>;
  /** Makes a scheduler for one window, with its timesteps set; some pick them from the part of the schedule that `strength` leaves. */
  newScheduler: (strength?: number) => Scheduler;
  /** The whole number that fixes the noise. */
  seed: number;
  /** The one source of noise of the run; encoding and sampling take from it in turn. */
  generator: Generator;
  /** Noise per frame, from `generator`. */
  noise: FrameNoise;
  /** Size of the pictures, in pixels. */
  size: { width: number; height: number };
  /** The options as given. */
  options: DiffusionOptions;
  /** Takes the times. */
  stopwatch: Stopwatch;
  /** Follows every pass of denoising without changing it; undefined when nobody does. */
  observer?: DenoiseObserver;
  /** Shows what comes before the first step; undefined when nobody watches. */
  watch?: PreparationWatch | undefined;
}
