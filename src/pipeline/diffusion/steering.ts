import type { GraphRewrite, LatentDiffusionNetworks } from '../networks/index.js';
import type { DiffusionOptions } from './options.js';

/** Options by which the network itself is changed while it predicts: they are recorded, and a run that goes on keeps them. */
const steeringOptions = ['crossFrame'] as const satisfies readonly (keyof DiffusionOptions)[];

/** Those of a run's options by which it steers its network, as far as they were said. */
export type SteeringOptions = Pick<DiffusionOptions, (typeof steeringOptions)[number]>;

/** Those of the options that steer the network, as far as they were said. */
export function steeringOf(options: SteeringOptions): SteeringOptions {
  return Object.fromEntries(steeringOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/**
 * What is changed of the network for every prediction of a run; nothing where no option says so.
 *
 * @throws {ArgumentError} and {@link FrameloomError} `FL_ONNX_UNSUPPORTED` for a network that cannot be changed so.
 */
export function rewritesOf({ unet }: LatentDiffusionNetworks, { crossFrame }: SteeringOptions): readonly GraphRewrite[] {
  return [...(crossFrame === undefined ? [] : [unet.crossFrame(crossFrame)])];
}
