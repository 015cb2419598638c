import { ArgumentError, number, type OptionCheck } from '../core/index.js';
import {
  crossFrame,
  freeU,
  type GraphRewrite,
  type LatentDiffusionNetworks,
  perturbedAttention,
  tokenWeights,
  wordPlaces,
} from '../networks/index.js';
import { type GuidanceStep, isActive } from './families/index.js';
import { type Guidance, perturbedGuidance } from './guidance.js';
import type { DiffusionOptions } from './options.js';

/** Options by which the network itself is changed while it predicts: they are recorded, and a run that goes on keeps them. */
const steeringOptions = [
  'crossFrame',
  'attentionControl',
  'pagScale',
  'pagAppliedLayers',
  'freeU',
] as const satisfies readonly (keyof DiffusionOptions)[];

/** Those of a run's options by which it steers its network. */
export type SteeringOptions = Pick<DiffusionOptions, (typeof steeringOptions)[number]>;

/** What is done to the attention that the picture pays to words of the prompt. */
export interface AttentionControl {
  /**
   * What the attention to a word, or to several that follow one another, is multiplied by, −10 … 10: above 1 the picture has more of it, below 1 less; at 0 the word is
   * not seen. Words as they stand in the prompt.
   */
  readonly words: Readonly<Record<string, number>>;
  /** Shares of the steps, 0 … 1, between which this is done; `[0, 1]` by default. */
  readonly steps?: readonly [from: number, to: number];
}

/** Words with weights, and a share of the steps. */
export const attentionControlCheck: OptionCheck = (value, name) => {
  const wanted = 'an object such as { words: { car: 1.5 }, steps: [0, 0.4] }';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted;
  const { words, steps = [0, 1], ...others } = value as Partial<AttentionControl>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `${wanted}; there is no ${name}.${unknown}`;
  if (typeof words !== 'object' || words === null || Array.isArray(words)) return wanted;
  const weight = number(-10, 10);
  for (const [word, given] of Object.entries(words)) {
    const wrong = weight(given, word);
    if (wrong !== undefined) return `${wanted}; the weight of "${word}" must be ${wrong}`;
  }
  const share = number(0, 1);
  const isSpan =
    Array.isArray(steps) && steps.length === 2 && steps.every((each) => share(each, 'steps') === undefined) && steps[0]! < steps[1]!;
  return isSpan ? undefined : `${wanted}; steps are two shares of the run from 0 to 1, the smaller first`;
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

/** A run whose prediction for the prompt is steered. */
export interface SteeredRun {
  /** The model. */
  readonly model: LatentDiffusionNetworks;
  /** The text that guides it. */
  readonly guidedBy: string;
  /** How it is to be steered. */
  readonly options: SteeringOptions;
}

/**
 * What is changed step by step: the prompt's own prediction, and what guidance leads away from.
 *
 * @throws {ArgumentError} for words that are not in the text, and layers that there are not; {@link FrameloomError} `FL_ONNX_UNSUPPORTED`.
 */
export function stepSteering(run: SteeredRun): (guidance: Guidance, step: GuidanceStep) => Guidance {
  const weights = weightsOf(run);
  const perturbation = perturbationOf(run);
  const { pagScale = 0, attentionControl } = run.options;
  const [start, end] = attentionControl?.steps ?? [0, 1];
  return (guidance, step) => {
    const { terms, rescale } = guidance;
    const [prompt, ...others] = terms;
    const rewrites = [...(prompt.conditioning.rewrites ?? []), ...(weights && isActive({ start, end }, step) ? [weights] : [])];
    const steered: Guidance = weights
      ? { terms: [{ ...prompt, conditioning: { ...prompt.conditioning, rewrites } }, ...others], rescale }
      : guidance;
    return perturbation ? perturbedGuidance(steered, pagScale, perturbation) : steered;
  };
}

function weightsOf({ model, guidedBy, options: { attentionControl } }: SteeredRun): GraphRewrite | undefined {
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
    return tokens.map((token) => [token, weight] as const);
  });
  return tokenWeights(model.unet, new Map(weights));
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
