import { ArgumentError, type OptionCheck } from '../core/index.js';
import { crossFrame, freeU, type GraphRewrite, type LatentDiffusionNetworks, type RegionalPrompt } from '../networks/index.js';
import type { DiffusionOptions } from './options.js';

/** Regions that a run may have; each adds a text to every cross-attention. */
const MOST_REGIONS = 16;

/** Options by which the network itself is changed while it predicts: they are recorded, and a run that goes on keeps them. */
export const steeringOptions = [
  'crossFrame',
  'attentionControl',
  'regionalPrompts',
  'pagScale',
  'pagAppliedLayers',
  'segScale',
  'segBlurSigma',
  'segAppliedLayers',
  'sagScale',
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

/** Options by which a step makes one prediction more, of something worse, to be led away from. */
const perturbing = ['pagScale', 'segScale', 'sagScale'] as const;

/** How many predictions more each step makes, of something worse, to be led away from. */
export function perturbedPredictions(options: SteeringOptions): number {
  return perturbing.filter((name) => (options[name] ?? 0) > 0).length;
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
export function refusePromptSteering(options: SteeringOptions, method: string): void {
  const why = `left out with the method "${method}", which predicts for its own texts and not for the prompt`;
  const { attentionControl, regionalPrompts: regions } = options;
  if (attentionControl !== undefined) throw new ArgumentError('attentionControl', attentionControl, why);
  if (regions !== undefined) throw new ArgumentError('regionalPrompts', regions, why);
  for (const name of perturbing) if ((options[name] ?? 0) > 0) throw new ArgumentError(name, options[name], why);
}
