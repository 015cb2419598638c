import { FrameloomError, Tensor, weightedSum } from '../core/index.js';
import type { Conditioning, UNet } from '../networks/index.js';
import type { AttentionTap } from '../onnx/index.js';

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

/** A guided prediction and what it was made from. */
export interface GuidedPrediction {
  /** What the scheduler takes. */
  guided: Tensor;
  /** The prompt's own prediction. */
  positive: Tensor;
  /** That of the negative prompt; undefined without guidance. */
  negative: Tensor | undefined;
  /** Attention of the prompt's prediction by layer, where some was asked for. */
  attention: ReadonlyMap<string, Tensor> | undefined;
}

/**
 * The guided prediction: `negative + scale · (positive − negative)`.
 *
 * Ho & Salimans 2022, "Classifier-Free Diffusion Guidance". The two calls are made one after the other:
 * on a processor a batch of two takes as long and twice the memory.
 * @param tap attention to take along with the prompt's prediction.
 */
export async function guidedPrediction(
  unet: UNet,
  input: Tensor,
  timestep: number,
  guidance: Guidance,
  tap?: AttentionTap,
): Promise<GuidedPrediction> {
  const tapped = tap && (await unet.predictTapped(input, timestep, guidance.positive, tap));
  const positive = tapped?.prediction ?? (await unet.predict(input, timestep, guidance.positive));
  const attention = tapped?.attention;
  if (!guidance.negative) return { guided: positive, positive, negative: undefined, attention };
  const negative = await unet.predict(input, timestep, guidance.negative);
  return { guided: combine(positive, negative, guidance, !unet.hasMotion), positive, negative, attention };
}

/**
 * Both halves of a prediction brought together.
 *
 * @param perFrame how `rescaleGuidance` looks at contrast.
 * @throws {FrameloomError} `FL_GUIDANCE_NOT_FINITE` where finite predictions become NaN or infinite by it.
 */
export function combine(
  positive: Tensor,
  negative: Tensor,
  { scale, rescale }: Pick<Guidance, 'scale' | 'rescale'>,
  perFrame: boolean,
): Tensor {
  const guided = weightedSum([scale, positive], [1 - scale, negative]);
  const result = rescale > 0 ? rescaleGuidance(guided, positive, rescale, perFrame) : guided;
  const count = result.countNotFinite();
  if (count > 0) {
    throw new FrameloomError(
      'FL_GUIDANCE_NOT_FINITE',
      `Guidance made ${count} of ${result.size} values NaN or infinite out of predictions that were finite, with guidanceScale ${scale} and guidanceRescale ${rescale}. Use a lower guidanceScale, and guidanceRescale 0.`,
    );
  }
  return result;
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
