import type { Frame, Tensor } from '../core/index.js';
import { joinWindows, type PreparedRun, type WindowPart } from '../diffusion/index.js';
import { tensorToFrames } from '../networks/index.js';
import { decodingNoise } from './decodingNoise.js';

/** Clean latents of one window of frames. */
export interface LatentWindow {
  /** Index of its first frame in the clip. */
  readonly start: number;
  /** Index after its last. */
  readonly end: number;
  /** `[frames, channels, height, width]`; more of them where they were padded, fewer where the VAE compresses time. */
  readonly latents: Tensor;
  /** Index of the first frame of the next window; undefined for the last. */
  readonly nextStart: number | undefined;
}

/**
 * Decodes windows of latents to the frames of the clip; those that two windows share once, after they were joined. Where the VAE compresses time, a latent frame stands
 * for other frames in each window, so that pictures are joined rather than latents.
 *
 * @param from index of the first frame that is wanted, where a window begins; those before are left out.
 */
export async function* decodeWindows(run: PreparedRun, windows: AsyncIterable<LatentWindow>, from = 0): AsyncGenerator<Frame> {
  const { model, stopwatch, progress, calls, family } = run;
  let start = 0;
  const decode = (latents: Tensor): Promise<Tensor> => {
    progress.decoding();
    return stopwatch.measure('vaeDecode', () => model.vae.decodePixels(latents, decodingNoise(run), calls.decoding));
  };
  async function* parts(rowsOf: (latents: Tensor) => Promise<Tensor>): AsyncGenerator<WindowPart> {
    for await (const window of windows) {
      start = window.start;
      yield { start, rows: (await rowsOf(window.latents)).slice(0, window.end - start), nextStart: window.nextStart };
    }
  }
  // A window has a row for each of its frames, and gives one piece of the clip, from its first frame on.
  if (family.compressesTime) {
    for await (const pixels of joinWindows(parts(decode))) if (start >= from) yield* tensorToFrames(pixels);
    return;
  }
  for await (const latents of joinWindows(parts((own) => Promise.resolve(own))))
    if (start >= from) {
      progress.decoding();
      yield* stopwatch.waitingFor('vaeDecode', model.vae.decodeFrames(latents, decodingNoise(run), calls.decoding));
    }
}
