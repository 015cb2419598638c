import { Tensor, weightedSum } from '../tensor.js';
import type { Conditioning, UNet } from '../model/unet.js';

/** What the predictions of one step are guided by. */
export interface Guidance {
  /** The prompt. */
  positive: Conditioning;
  /** What to steer away from: the negative or the empty prompt; undefined without guidance. */
  negative: Conditioning | undefined;
  /** How far to go from `negative` past `positive`. */
  scale: number;
  /** How far to bring the contrast back, 0 … 1. */
  rescale: number;
}

/**
 * The guided prediction: `negative + scale · (positive − negative)`.
 *
 * Ho & Salimans 2022, "Classifier-Free Diffusion Guidance". The two calls are made one after the other:
 * on a processor a batch of two takes as long and twice the memory.
 */
export async function guidedPrediction(unet: UNet, input: Tensor, timestep: number, guidance: Guidance): Promise<Tensor> {
  const positive = await unet.predict(input, timestep, guidance.positive);
  if (!guidance.negative) return positive;
  const negative = await unet.predict(input, timestep, guidance.negative);
  const guided = weightedSum([guidance.scale, positive], [1 - guidance.scale, negative]);
  return guidance.rescale > 0 ? rescaleGuidance(guided, positive, guidance.rescale, !unet.hasMotion) : guided;
}

/**
 * Brings the guided prediction back to the contrast of the unguided one, wholly (`rescale` 1) or in part.
 *
 * Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", equations 15 and 16.
 * @param perFrame take each frame's own standard deviation; otherwise the whole clip's.
 */
export function rescaleGuidance(guided: Tensor, positive: Tensor, rescale: number, perFrame: boolean): Tensor {
  const rows = perFrame ? guided.dims[0]! : 1;
  const rowSize = guided.size / rows;
  const out = new Float32Array(guided.size);
  for (let row = 0; row < rows; row++) {
    const from = row * rowSize;
    const part = guided.data.subarray(from, from + rowSize);
    const ratio = standardDeviation(positive.data.subarray(from, from + rowSize)) / standardDeviation(part);
    const factor = rescale * ratio + (1 - rescale);
    for (let i = 0; i < rowSize; i++) out[from + i] = part[i]! * factor;
  }
  return new Tensor(out, guided.dims);
}

/** Of a sample: divided by n − 1. */
function standardDeviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
