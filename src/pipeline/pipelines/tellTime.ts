import { mostContextWindows, notice, perturbedPredictions, type PreparedRun } from '../diffusion/index.js';
import { describeSeconds, keptShare, type NetworkWork, operationsOf, runSeconds, type SessionGroup } from '../networks/index.js';
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
  /** How the UNet is at work. */
  readonly work: NetworkWork;
}

/** Predictions of each step. */
export function predictionsOf({ guidance, options }: PreparedRun): number {
  return guidance.terms.length + perturbedPredictions(options);
}

/** How many denoising steps would take as long as encoding the frames of a window, and as decoding them. */
export function codingInSteps(run: PreparedRun, frames: number, work: NetworkWork): { encoding: number; decoding: number } {
  const { model, size, context } = run;
  const held = heldFrames(context, frames);
  const { parts } = model.needsOf({ ...size, ...held, ...work });
  const operations = (group: SessionGroup) => operationsOf(parts.filter((part) => part.group === group));
  const windows = held.frames < frames ? mostContextWindows(context!, frames) : 1;
  const step = operations('denoise') * predictionsOf(run) * windows;
  if (step === 0) return { encoding: 0, decoding: 0 };
  // The autoencoder sees all frames once, however many the UNet sees at a time.
  const coded = frames / held.frames / step;
  return { encoding: operations('encode') * coded, decoding: operations('decode') * coded };
}

/** Says how long a run will take, where that is long, or, of one that is taken up, what is left of it; the time left is told as it goes on. */
export async function tellTime(run: PreparedRun, ahead: AheadOfRun): Promise<void> {
  const { model, options, size, context, numInferenceSteps } = run;
  const { frames: all, steps, encodes, work } = ahead;
  const { frames } = heldFrames(context, all);
  // Averaged at every step, windows are as much work as made one after the other.
  const perStep = frames < all ? mostContextWindows(context!, all) : 1;
  const windows = (ahead.windows ?? 1) * perStep;
  const { parts } = model.needsOf({ ...size, frames, ...work });
  const predictions = predictionsOf(run);
  const operations = parts.reduce((sum, part) => sum + part.operations * part.calls, 0) * steps * predictions * windows;
  if (operations < QUICK) return;
  const whole = { ...size, frames, ...work, steps, predictions, windows, encodes };
  const seconds = await runSeconds(model, whole);
  if (seconds.most < WORTH_TELLING) return;
  const windowsTold =
    ahead.windows === undefined ? (perStep > 1 ? `every ${perStep} windows` : 'every window') : windows === 1 ? '' : `${windows} windows`;
  const kept = keptShare(model, whole);
  const told =
    kept > 0
      ? `What is left takes about ${describeSeconds(seconds)} here, ${Math.round(100 * (1 - kept))} % of all`
      : `This takes about ${describeSeconds(seconds)} here`;
  notice(
    options,
    `${told}: ${windowsTold === '' ? '' : `${windowsTold} of `}${counted(frames, 'frame')} at ${size.width} × ${size.height}, ${counted(Math.min(steps, numInferenceSteps), 'step')}${predictions > 1 ? ` of ${predictions} predictions` : ''}.`,
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
