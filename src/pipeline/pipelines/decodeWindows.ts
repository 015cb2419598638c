import type { Frame } from '../core/index.js';
import { joinWindows, type PreparedRun, type WindowPart } from '../diffusion/index.js';

/** Decodes windows of latents to the frames of the clip; those that two windows share once, after they were joined. */
export async function* decodeWindows(
  { model, stopwatch, progress }: PreparedRun,
  windows: AsyncIterable<WindowPart>,
): AsyncGenerator<Frame> {
  for await (const latents of joinWindows(windows)) {
    progress.decoding();
    yield* await stopwatch.measure('vaeDecode', () => model.vae.decode(latents));
  }
}
