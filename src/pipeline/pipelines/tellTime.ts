import { mostContextWindows, notice, perturbedPredictions, type PreparedRun } from '../diffusion/index.js';
import { describeSeconds, runSeconds } from '../networks/index.js';
import { heldFrames } from './requireMemory.js';

/** Runs that take longer than this, seconds, are told of before they begin. */
const WORTH_TELLING = 60;

/** Fewer operations than this are done in less than a minute on any machine, and are not worth measuring its speed for. */
const QUICK = 1e12;

/** What is ahead of a run. */
export interface AheadOfRun {
  /** Frames of a window. */
  readonly frames: number;
  /** Denoising steps of a window, and what comes before them, in steps that take as long. */
  readonly steps: number;
  /** Windows; undefined where the clip's length is not known. */
  readonly windows: number | undefined;
  /** Whether a source is encoded first. */
  readonly encodes: boolean;
}

/** Says how long a run will take, where that is long; the time left is told as it goes on. */
export async function tellTime(
  { model, options, size, guidance, context, numInferenceSteps }: PreparedRun,
  ahead: AheadOfRun,
): Promise<void> {
  const { frames: all, steps, encodes } = ahead;
  const { frames } = heldFrames(context, all);
  // Averaged at every step, windows are as much work as made one after the other.
  const perStep = frames < all ? mostContextWindows(context!, all) : 1;
  const windows = (ahead.windows ?? 1) * perStep;
  const together = options.crossFrame !== undefined;
  const { parts } = model.needsOf({ ...size, frames, together });
  const predictions = guidance.terms.length + perturbedPredictions(options);
  const operations = parts.reduce((sum, part) => sum + part.operations * part.calls, 0) * steps * predictions * windows;
  if (operations < QUICK) return;
  const seconds = await runSeconds(model, { ...size, frames, together, steps, predictions, windows, encodes });
  if (seconds.most < WORTH_TELLING) return;
  const counted =
    ahead.windows === undefined ? (perStep > 1 ? `every ${perStep} windows` : 'every window') : windows === 1 ? '' : `${windows} windows`;
  notice(
    options,
    `This takes about ${describeSeconds(seconds)} here: ${counted === '' ? '' : `${counted} of `}${frames} ${frames === 1 ? 'frame' : 'frames'} at ${size.width} × ${size.height}, ${Math.min(steps, numInferenceSteps)} steps${predictions > 1 ? ` of ${predictions} predictions` : ''}.`,
  );
}
