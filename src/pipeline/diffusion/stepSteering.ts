import { ArgumentError, type Tensor } from '../core/index.js';
import {
  type Conditioning,
  type GraphRewrite,
  type LatentDiffusionNetworks,
  perturbedAttention,
  regionalPrompts,
  smoothedAttention,
  tokenWeights,
  wordPlaces,
} from '../networks/index.js';
import type { Scheduler } from '../schedulers/index.js';
import { type GuidanceStep, isActive } from './families/index.js';
import { type Guidance, perturbedGuidance } from './guidance.js';
import { type ClipSchedules, oneNumber } from './keyframes/index.js';
import type { FrameSpan } from './options.js';
import { guidedBySelfAttention, type SelfAttentionGuidance, selfAttentionGuidance } from './selfAttentionGuidance.js';
import type { SteeringOptions } from './steering.js';

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
  /** Makes a scheduler of the run. */
  readonly newScheduler: () => Scheduler;
}

/**
 * What is changed step by step: the prompt's own prediction, and what guidance leads away from.
 *
 * @throws {ArgumentError} for words that are not in the text, and layers that there are not; {@link FrameloomError} `FL_ONNX_UNSUPPORTED`.
 */
export function stepSteering(run: SteeredRun): (frames: FrameSpan) => Promise<(guidance: Guidance, step: GuidanceStep) => Guidance> {
  const weights = weightsOf(run);
  const perturbations = perturbationsOf(run);
  const regions = regionsOf(run);
  const { model, options, newScheduler } = run;
  const selfAttention = options.sagScale ? selfAttentionGuidance(model, newScheduler(), options.sagScale) : undefined;
  return async (frames) => steerSteps(run, weights?.(frames), perturbations, await regions?.(), selfAttention);
}

function steerSteps(
  run: SteeredRun,
  weights: GraphRewrite | undefined,
  perturbations: readonly (readonly [scale: number, rewrite: GraphRewrite])[],
  regions: GraphRewrite | undefined,
  selfAttention: SelfAttentionGuidance | undefined,
): (guidance: Guidance, step: GuidanceStep) => Guidance {
  const { attentionControl } = run.options;
  const [start, end] = attentionControl?.steps ?? [0, 1];
  return (guidance, step) => {
    const { terms, rescale } = guidance;
    const [prompt, ...others] = terms;
    const further = [regions, weights && isActive({ start, end }, step) ? weights : undefined].filter((each) => each !== undefined);
    const rewrites = [...(prompt.conditioning.rewrites ?? []), ...further];
    const steered: Guidance = { terms: [{ ...prompt, conditioning: { ...prompt.conditioning, rewrites } }, ...others], rescale };
    const led = perturbations.reduce((guided, [scale, rewrite]) => perturbedGuidance(guided, scale, rewrite), steered);
    return selfAttention ? guidedBySelfAttention(led, selfAttention) : led;
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

function perturbationsOf({ model: { unet }, options }: SteeredRun): (readonly [scale: number, rewrite: GraphRewrite])[] {
  const { pagScale = 0, pagAppliedLayers, segScale = 0, segBlurSigma, segAppliedLayers, sagScale = 0, crossFrame: frames } = options;
  const refused = (name: 'pagScale' | 'sagScale', why: string) =>
    new ArgumentError(name, options[name], `left out, or 0, with crossFrame: ${why}`);
  if (pagScale > 0 && frames !== undefined) throw refused('pagScale', 'what frames take from each other has no identity to be replaced by');
  if (sagScale > 0 && frames !== undefined)
    throw refused('sagScale', 'where frames look at each other, attention does not say which places of one are looked at');
  return [
    ...(pagScale > 0 ? [[pagScale, perturbedAttention(unet, pagAppliedLayers)] as const] : []),
    ...(segScale > 0 ? [[segScale, smoothedAttention(unet, segBlurSigma, segAppliedLayers)] as const] : []),
  ];
}
