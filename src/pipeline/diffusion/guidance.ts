import { concatenate, FrameloomError, Tensor, weightedSum } from '../core/index.js';
import type { Conditioning, GraphRewrite, TappedPrediction } from '../networks/index.js';
import type { AttentionTap } from '../onnx/index.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import type { FrameSpan } from './options.js';

/** One number for all frames of a prediction, or one for each; the last stays where there are fewer of them than frames. */
export type FrameWeight = number | readonly number[];

/** One prediction that goes into a guided one. */
export interface GuidanceTerm {
  /** What the network is told for it. */
  readonly conditioning: Conditioning;
  /** How much of it is taken; negative where the guided prediction is led away from it. */
  readonly weight: FrameWeight;
  /** Whether it was made to be worse, by a changed network or of a changed sample, to be led away from. */
  readonly perturbed?: boolean;
  /** Looks at its network's attention. */
  readonly look?: AttentionLook;
  /** The sample that it is predicted for, made once all terms without one are predicted; the step's own where undefined. */
  readonly sample?: (input: Tensor, timestep: number) => Tensor;
}

/** What is looked at while a term is predicted. */
export interface AttentionLook {
  /** Which attention. */
  readonly tap: AttentionTap;
  /** Takes the prediction and its maps, by layer. */
  readonly taken: (seen: TappedPrediction) => void;
}

/** What the predictions of one step are guided by: a weighted sum, whose weights add up to 1. */
export interface Guidance {
  /**
   * The prompt's own prediction first, whose attention is looked at and whose contrast `rescale` brings back; then what it is led away from, the one that is
   * told least at the end. One term is no guidance.
   */
  readonly terms: readonly [prompt: GuidanceTerm, ...others: GuidanceTerm[]];
  /** How far to bring the contrast back, 0 … 1. */
  readonly rescale: number;
  /** Whether nothing is predicted, and the guided prediction is 0. */
  readonly predictsZero?: boolean;
  /** Whether what guidance leads away from is first multiplied so that it comes nearest to the prompt's prediction (CFG-Zero*). */
  readonly zeroStar?: boolean;
}

/** A guided prediction and what it was made from. */
export interface GuidedPrediction {
  /** What the scheduler takes. */
  guided: Tensor;
  /** The prediction of every term of {@link Guidance.terms}, in their order: the prompt's own first. */
  predictions: readonly [prompt: Tensor, ...others: Tensor[]];
  /** Attention of the prompt's prediction by layer, where some was asked for. */
  attention: ReadonlyMap<string, Tensor> | undefined;
}

/** How far guidance goes and how far its contrast is brought back. */
export interface GuidanceStrength {
  /** How far to go from the negative prompt past the prompt; 1 is the prompt's own prediction. */
  readonly scale: number;
  /** How far to bring the contrast back, 0 … 1. */
  readonly rescale: number;
}

/**
 * Classifier-free guidance: `negative + scale · (positive − negative)`.
 *
 * Ho & Salimans 2022, "Classifier-Free Diffusion Guidance".
 * @param negative what to steer away from, the negative or the empty prompt; undefined without guidance.
 */
export function classifierFreeGuidance(
  positive: Conditioning,
  negative: Conditioning | undefined,
  { scale, rescale }: { readonly scale: FrameWeight; readonly rescale: number },
): Guidance {
  if (!negative) return { terms: [{ conditioning: positive, weight: 1 }], rescale };
  return {
    terms: [
      { conditioning: positive, weight: scale },
      { conditioning: negative, weight: eachWeight(scale, (each) => 1 - each) },
    ],
    rescale,
  };
}

/**
 * Guidance that leads away, too, from what a perturbed network predicts for the prompt: `guided + scale · (prompt − perturbed)`.
 *
 * Ahn et al. 2024, "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance", as diffusers adds it to classifier-free guidance.
 */
export function perturbedGuidance({ terms: [prompt, ...others], rescale }: Guidance, scale: number, perturbation: GraphRewrite): Guidance {
  const { conditioning, weight } = prompt;
  const rewrites = [...(conditioning.rewrites ?? []), perturbation];
  const perturbed = { conditioning: { ...conditioning, rewrites }, weight: -scale, perturbed: true };
  return { terms: [{ conditioning, weight: eachWeight(weight, (each) => each + scale) }, perturbed, ...others], rescale };
}

/** A weight made of another, frame by frame where it has one for each. */
export function eachWeight(weight: FrameWeight, change: (each: number) => number): FrameWeight {
  return typeof weight === 'number' ? change(weight) : weight.map(change);
}

/** The guidance of some frames of the clip whose frames it has weights for. */
export function guidanceOfFrames({ terms: [prompt, ...others], rescale }: Guidance, { start, end }: FrameSpan): Guidance {
  const own = ({ weight, ...term }: GuidanceTerm) => ({ ...term, weight: typeof weight === 'number' ? weight : weight.slice(start, end) });
  return { terms: [own(prompt), ...others.map(own)], rescale };
}

/** The same guidance with something changed in what every term's prediction is told. */
export function conditionTerms(guidance: Guidance, change: (told: Conditioning, term: number) => Conditioning): Guidance {
  const [prompt, ...others] = guidance.terms.map((term, i) => ({ ...term, conditioning: change(term.conditioning, i) }));
  return { ...guidance, terms: [prompt!, ...others] };
}

/**
 * The guided prediction: every term's, weighted and summed.
 *
 * The calls are made one after the other: on a processor a batch of two takes as long and twice the memory.
 * @param tap attention to take along with the prompt's prediction.
 */
export async function guidedPrediction(
  unet: DenoisingNetwork,
  input: Tensor,
  timestep: number,
  guidance: Guidance,
  tap?: AttentionTap,
): Promise<GuidedPrediction> {
  const [prompt] = guidance.terms;
  if (guidance.predictsZero) {
    const nothing = Tensor.zeros(input.dims);
    // Where the network looks can be seen all the same.
    const seen = tap && (await unet.predictTapped(input, timestep, prompt.conditioning, tap));
    return { guided: nothing, predictions: [nothing], attention: seen?.attention };
  }
  const tapped = tap && (await unet.predictTapped(input, timestep, prompt.conditioning, tap));
  const found = new Map<GuidanceTerm, Tensor>();
  // Samples are made of what the other terms' predictions have shown.
  for (const term of inOrderOfSamples(guidance.terms)) {
    const { conditioning, look, sample } = term;
    const seen = look && (await unet.predictTapped(input, timestep, conditioning, look.tap));
    if (seen) look.taken(seen);
    const known = term === prompt ? (tapped?.prediction ?? seen?.prediction) : seen?.prediction;
    found.set(term, known ?? (await unet.predict(sample?.(input, timestep) ?? input, timestep, conditioning)));
  }
  const predictions = guidance.terms.map((term) => found.get(term)!) as [Tensor, ...Tensor[]];
  const guided = combine(
    guidance.zeroStar ? projected(predictions, guidance.terms, !unet.hasMotion) : predictions,
    guidance.terms.map(({ weight }) => weight),
    guidance.rescale,
    !unet.hasMotion,
  );
  return { guided, predictions, attention: tapped?.attention };
}

function inOrderOfSamples(terms: Guidance['terms']): GuidanceTerm[] {
  return [...terms.filter(({ sample }) => !sample), ...terms.filter(({ sample }) => sample)];
}

/**
 * The predictions of all terms brought together.
 *
 * @param predictions the prompt's own first.
 * @param weights one for each prediction, or for each of its frames.
 * @param perFrame how `rescaleGuidance` looks at contrast.
 * @throws {FrameloomError} `FL_GUIDANCE_NOT_FINITE` where finite predictions become NaN or infinite by it.
 */
export function combine(
  predictions: readonly [prompt: Tensor, ...others: Tensor[]],
  weights: readonly FrameWeight[],
  rescale: number,
  perFrame: boolean,
): Tensor {
  const [prompt] = predictions;
  if (predictions.length === 1) return prompt;
  const guided = weighted(predictions, weights);
  const result = rescale > 0 ? rescaleGuidance(guided, prompt, rescale, perFrame) : guided;
  const count = result.countNotFinite();
  if (count > 0) {
    throw new FrameloomError(
      'FL_GUIDANCE_NOT_FINITE',
      `Guidance made ${count} of ${result.size} values NaN or infinite out of predictions that were finite, with guidanceScale ${String(weights[0])} and guidanceRescale ${rescale}. Use a lower guidanceScale, and guidanceRescale 0.`,
    );
  }
  return result;
}

/** The weighted sum, frame by frame where weights differ between them. */
function weighted(predictions: readonly Tensor[], weights: readonly FrameWeight[]): Tensor {
  if (weights.every((weight) => typeof weight === 'number'))
    return weightedSum(...predictions.map((prediction, i) => [weights[i] as number, prediction] as const));
  const weightAt = (weight: FrameWeight, frame: number) =>
    typeof weight === 'number' ? weight : weight[Math.min(frame, weight.length - 1)]!;
  const frames = Array.from({ length: predictions[0]!.dims[0]! }, (_, frame) =>
    weightedSum(...predictions.map((each, i) => [weightAt(weights[i]!, frame), each.slice(frame, frame + 1)] as const)),
  );
  return concatenate(frames);
}

/**
 * The same predictions with those that are led away from (but for perturbed ones) multiplied by the number that brings them nearest to the prompt's, `⟨prompt, other⟩ ∕ ‖other‖²`.
 *
 * Fan et al. 2025, "CFG-Zero*", equation 9, as diffusers' `ClassifierFreeZeroStarGuidance`.
 * @param perFrame a number for each frame; otherwise one for the whole clip.
 */
function projected(
  [prompt, ...others]: readonly [prompt: Tensor, ...others: Tensor[]],
  [, ...terms]: readonly GuidanceTerm[],
  perFrame: boolean,
): [Tensor, ...Tensor[]] {
  const rows = perFrame ? prompt.dims[0]! : 1;
  const rowSize = prompt.size / rows;
  return [
    prompt,
    ...others.map((other, i) => {
      if (terms[i]?.perturbed) return other;
      const factors = Array.from({ length: rows }, (_, row) => {
        let [product, square] = [0, 0];
        for (let at = row * rowSize; at < (row + 1) * rowSize; at++) {
          product += prompt.data[at]! * other.data[at]!;
          square += other.data[at]! ** 2;
        }
        return product / (square + 1e-8);
      });
      return other.map((value, at) => value * factors[Math.floor(at / rowSize)]!);
    }),
  ];
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
