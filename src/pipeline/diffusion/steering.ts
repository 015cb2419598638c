import { ArgumentError, type OptionCheck, type Tensor } from '../core/index.js';
import {
  type Conditioning,
  crossFrame,
  freeU,
  type GraphRewrite,
  type LatentDiffusionNetworks,
  perturbedAttention,
  type RegionalPrompt,
  regionalPrompts,
  tokenWeights,
  wordPlaces,
} from '../networks/index.js';
import { type GuidanceStep, isActive } from './families/index.js';
import { type Guidance, perturbedGuidance } from './guidance.js';
import { type ClipSchedules, oneNumber } from './keyframes/index.js';
import type { DiffusionOptions, FrameSpan } from './options.js';

/** Regions that a run may have; each adds a text to every cross-attention. */
const MOST_REGIONS = 16;

/** Options by which the network itself is changed while it predicts: they are recorded, and a run that goes on keeps them. */
export const steeringOptions = [
  'crossFrame',
  'attentionControl',
  'regionalPrompts',
  'pagScale',
  'pagAppliedLayers',
  'freeU',
] as const satisfies readonly (keyof DiffusionOptions)[];

/** Those of a run's options by which it steers its network. */
export type SteeringOptions = Pick<DiffusionOptions, (typeof steeringOptions)[number]>;

/** Regions with prompts: rectangles in shares of the picture, which lie within it. */
export const regionalPromptsCheck: OptionCheck = (value) => {
  const share = (each: unknown) => typeof each === 'number' && each >= 0 && each <= 1;
  const fits = (each: unknown) => {
    const { prompt, region, ...others } = (each ?? {}) as Partial<RegionalPrompt>;
    if (typeof prompt !== 'string' || Object.keys(others).length > 0) return false;
    if (!Array.isArray(region) || region.length !== 4 || !region.every(share)) return false;
    const [x, y, width, height] = region as RegionalPrompt['region'];
    return width > 0 && height > 0 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9;
  };
  return Array.isArray(value) && value.length > 0 && value.length <= MOST_REGIONS && value.every(fits)
    ? undefined
    : `a list of at most ${MOST_REGIONS} regions such as { prompt: 'a red car', region: [0, 0.5, 0.5, 0.5] }: x, y, width and height as shares of the picture, within it`;
};

/** Those of the options that steer the network, as far as they were said. */
export function steeringOf(options: SteeringOptions): SteeringOptions {
  return Object.fromEntries(steeringOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** Whether each step makes one prediction more, by a perturbed network. */
export function isPerturbed({ pagScale = 0 }: SteeringOptions): boolean {
  return pagScale > 0;
}

/**
 * What is changed of the network for every prediction of a run; nothing where no option says so.
 *
 * @throws {ArgumentError} and {@link FrameloomError} `FL_ONNX_UNSUPPORTED` for a network that cannot be changed so.
 */
export function rewritesOf({ unet }: LatentDiffusionNetworks, options: SteeringOptions): readonly GraphRewrite[] {
  return [
    ...(options.crossFrame === undefined ? [] : [crossFrame(unet, options.crossFrame)]),
    ...(options.freeU === undefined ? [] : [freeU(unet, options.freeU)]),
  ];
}

/**
 * For methods that do not predict for the prompt, but for texts of their own.
 *
 * @throws {ArgumentError} for options that steer the prompt's own prediction.
 */
export function refusePromptSteering({ attentionControl, regionalPrompts: regions, pagScale }: SteeringOptions, method: string): void {
  const why = `left out with the method "${method}", which predicts for its own texts and not for the prompt`;
  if (attentionControl !== undefined) throw new ArgumentError('attentionControl', attentionControl, why);
  if (regions !== undefined) throw new ArgumentError('regionalPrompts', regions, why);
  if (isPerturbed({ pagScale })) throw new ArgumentError('pagScale', pagScale, why);
}

/** A run whose prediction for the prompt is steered. */
export interface SteeredRun {
  /** The model. */
  readonly model: LatentDiffusionNetworks;
  /** The text that guides it. */
  readonly guidedBy: string;
  /** How it is to be steered. */
  readonly options: SteeringOptions;
  /** The numbers that differ from frame to frame. */
  readonly schedules: ClipSchedules;
  /** Encodes a further prompt. */
  readonly condition: (text: string) => Promise<Conditioning>;
}

/**
 * What is changed step by step: the prompt's own prediction, and what guidance leads away from.
 *
 * @throws {ArgumentError} for words that are not in the text, and layers that there are not; {@link FrameloomError} `FL_ONNX_UNSUPPORTED`.
 */
export function stepSteering(run: SteeredRun): (frames: FrameSpan) => Promise<(guidance: Guidance, step: GuidanceStep) => Guidance> {
  const weights = weightsOf(run);
  const perturbation = perturbationOf(run);
  const regions = regionsOf(run);
  return async (frames) => steerSteps(run, weights?.(frames), perturbation, await regions?.());
}

function steerSteps(
  run: SteeredRun,
  weights: GraphRewrite | undefined,
  perturbation: GraphRewrite | undefined,
  regions: GraphRewrite | undefined,
): (guidance: Guidance, step: GuidanceStep) => Guidance {
  const { pagScale = 0, attentionControl } = run.options;
  const [start, end] = attentionControl?.steps ?? [0, 1];
  return (guidance, step) => {
    const { terms, rescale } = guidance;
    const [prompt, ...others] = terms;
    const further = [regions, weights && isActive({ start, end }, step) ? weights : undefined].filter((each) => each !== undefined);
    const rewrites = [...(prompt.conditioning.rewrites ?? []), ...further];
    const steered: Guidance = { terms: [{ ...prompt, conditioning: { ...prompt.conditioning, rewrites } }, ...others], rescale };
    return perturbation ? perturbedGuidance(steered, pagScale, perturbation) : steered;
  };
}

/** What the attention to words is multiplied by, for some frames of the clip. */
function weightsOf({
  model,
  guidedBy,
  schedules,
  options: { attentionControl },
}: SteeredRun): ((frames: FrameSpan) => GraphRewrite) | undefined {
  const said = Object.entries(attentionControl?.words ?? {});
  if (said.length === 0) return undefined;
  const words = model.tokenizer.wordsOf(guidedBy);
  const weights = said.flatMap(([word, weight]) => {
    const { tokens } = wordPlaces(words, word);
    if (tokens.length === 0)
      throw new ArgumentError(
        'attentionControl',
        word,
        `words of the text that guides the run, as far as the model reads it: ${words.map(({ text }) => text).join(', ')}`,
      );
    const numbers = schedules.attentionControl?.get(word) ?? oneNumber(weight) ?? 1;
    return tokens.map((token) => [token, numbers] as const);
  });
  const rewrite = tokenWeights(model.unet, new Map(weights));
  if (!schedules.attentionControl) return () => rewrite;
  const own = ({ start, end }: FrameSpan) =>
    weights.map(([token, numbers]) => [token, typeof numbers === 'number' ? numbers : numbers.slice(start, end)] as const);
  return (frames) => tokenWeights(model.unet, new Map(own(frames)));
}

/** Encodes the regions' prompts when it is called, once; what cannot be is refused before. */
function regionsOf({ model, options, condition }: SteeredRun): (() => Promise<GraphRewrite>) | undefined {
  const { regionalPrompts: regions } = options;
  if (regions === undefined) return undefined;
  const masked = regionalPrompts(model.unet, regions);
  let made: Promise<GraphRewrite> | undefined;
  const make = async () => {
    const texts: Tensor[] = [];
    for (const { prompt } of regions) texts.push((await condition(prompt)).embeddings);
    return masked(texts);
  };
  return () => (made ??= make());
}

function perturbationOf({ model, options }: SteeredRun): GraphRewrite | undefined {
  const { pagScale, pagAppliedLayers, crossFrame: frames } = options;
  if (!isPerturbed(options)) return undefined;
  if (frames !== undefined)
    throw new ArgumentError(
      'pagScale',
      pagScale,
      'left out, or 0, with crossFrame: what frames take from each other has no identity to be replaced by',
    );
  return perturbedAttention(model.unet, pagAppliedLayers);
}
