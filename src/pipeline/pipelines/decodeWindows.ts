import { joinWindows, type WindowPart, type PreparedRun, type ProgressTracker } from '../diffusion/index.js';
import type { Frame } from '../core/index.js';

/** Decodes windows of latents to the frames of the clip; those that two windows share once, after they were joined. */
export async function* decodeWindows({ model, stopwatch }: PreparedRun, windows: AsyncIterable<WindowPart>, tracker: ProgressTracker): AsyncGenerator<Frame> {
  for await (const latents of joinWindows(windows)) {
    tracker.decoding();
    yield* await stopwatch.measure('vaeDecode', () => model.vae.decode(latents));
  }
}
