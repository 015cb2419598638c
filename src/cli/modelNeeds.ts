import { type LatentDiffusionModel, predictionSeconds, type RunSize } from '../index.js';
import { describeSeconds, gigabytes, machineMemory, runSeconds } from '../library.js';

/** Lines about the memory and the time that a model takes on this machine. @throws {ArgumentError} for a size that the model cannot work at. */
export async function describeNeeds(model: LatentDiffusionModel, size: RunSize): Promise<string[]> {
  model.requireSize(size.width, size.height);
  const needs = model.needsOf(size);
  const { freeBytes, totalBytes } = machineMemory();
  const at = `${size.width} × ${size.height}, ${size.frames} ${size.frames === 1 ? 'frame' : 'frames'} a window`;
  const { memory, notice } = model.memoryPlan;
  const unet = needs.parts.find(({ part }) => part === 'unet')!;
  const fits = needs.runningBytes <= freeBytes ? '' : ': it does not fit';
  return [
    `Memory: ${gigabytes(needs.loadedBytes)} loaded, ${gigabytes(needs.runningBytes)} while it runs at ${at}; beside that pages of ${gigabytes(needs.weightBytes)} of weights. Free: ${gigabytes(freeBytes)} of ${gigabytes(totalBytes)}${fits}`,
    `Parts in memory: ${memory === 'least' ? 'one at a time' : 'all'} (--memory ${memory})${notice === undefined ? '' : `. ${notice}`}`,
    `Time: a prediction of the UNet${size.frames === 1 ? '' : `, of ${size.frames} frames,`} takes ${describeSeconds(await predictionSeconds(model, size))} here (${Number(((unet.operations * unet.calls) / 1e9).toPrecision(2))} billion operations)`,
    await windowTime(model, size),
  ];
}

/** How long a window takes with the model's own settings, from a prompt, and how much of that is decoding. */
async function windowTime(model: LatentDiffusionModel, size: RunSize): Promise<string> {
  const { numInferenceSteps: steps, guidanceScale } = model.recommended;
  const predictions = guidanceScale > 1 && !model.unet.takesGuidanceScale ? 2 : 1;
  const run = { ...size, predictions, windows: 1, encodes: false };
  const [all, decoding] = [await runSeconds(model, { ...run, steps }), await runSeconds(model, { ...run, steps: 0 })];
  return `A window from text with its settings: ${describeSeconds(all)} (${steps} steps${predictions > 1 ? ' of 2 predictions' : ''}, then ${describeSeconds(decoding)} of decoding)`;
}
