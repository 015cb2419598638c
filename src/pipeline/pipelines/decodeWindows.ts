import { joinWindows, type WindowPart } from '../diffusion/joinWindows.js';
import type { PreparedRun } from '../diffusion/preparedRun.js';
import type { ProgressTracker } from '../diffusion/progress.js';
import type { Frame } from '../video/index.js';

/** Decodes windows of latents to the frames of the clip; those that two windows share once, after they were joined. */
export async function* decodeWindows({ model, stopwatch }: PreparedRun, windows: AsyncIterable<WindowPart>, tracker: ProgressTracker): AsyncGenerator<Frame> {
  for await (const latents of joinWindows(windows)) {
    tracker.decoding();
    yield* await stopwatch.measure('vaeDecode', () => model.vae.decode(latents));
  }
}
