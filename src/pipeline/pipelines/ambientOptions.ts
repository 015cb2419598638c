import { ambientProgress, ambientSignal, ambientStepObserver } from '../core/index.js';
import type { DiffusionOptions, Progress } from '../diffusion/index.js';
import { type LatentDiffusionNetworks, previewsOf } from '../networks/index.js';

/**
 * The caller's options joined with what the host of the library (a notebook's kernel) has set around the call:
 * its interrupt signal where the caller gave none, its progress display and its live preview beside the caller's own.
 */
export function withAmbient<O extends DiffusionOptions>(options: O, model: LatentDiffusionNetworks): O {
  const { onProgress, callbackOnStepEnd } = options;
  const hostProgress = ambientProgress();
  const observe = ambientStepObserver();
  const signal = options.signal ?? ambientSignal();
  const previews = previewsOf(model, signal);
  let latest: Progress | undefined;
  return {
    ...options,
    signal,
    onProgress: (progress) => {
      latest = progress;
      hostProgress?.({ ...progress, device: model.device });
      onProgress?.(progress);
    },
    callbackOnStepEnd: async (state) => {
      const { leadingFrames: first = 0, latents, predOriginalSample } = state;
      const own = { latents: latents.slice(first), predOriginalSample: predOriginalSample.slice(first) };
      await observe?.({ ...state, ...own, secondsLeft: latest?.secondsLeft, ...previews });
      return callbackOnStepEnd?.(state);
    },
  };
}
