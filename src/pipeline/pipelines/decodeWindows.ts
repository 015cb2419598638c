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
 */
export async function* decodeWindows(run: PreparedRun, windows: AsyncIterable<LatentWindow>): AsyncGenerator<Frame> {
  const { model, stopwatch, progress, family } = run;
  const decode = (latents: Tensor): Promise<Tensor> => {
    progress.decoding();
    return stopwatch.measure('vaeDecode', () => model.vae.decodePixels(latents, decodingNoise(run)));
  };
  if (family.compressesTime) {
    for await (const pixels of joinWindows(partsOf(windows, decode))) yield* tensorToFrames(pixels);
    return;
  }
  for await (const latents of joinWindows(partsOf(windows, (own) => Promise.resolve(own)))) yield* tensorToFrames(await decode(latents));
}

/** Windows with a row for each of their frames. */
async function* partsOf(windows: AsyncIterable<LatentWindow>, rowsOf: (latents: Tensor) => Promise<Tensor>): AsyncGenerator<WindowPart> {
  for await (const { start, end, latents, nextStart } of windows)
    yield { start, rows: (await rowsOf(latents)).slice(0, end - start), nextStart };
}
