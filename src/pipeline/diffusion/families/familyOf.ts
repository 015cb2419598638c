import { ArgumentError } from '../../core/index.js';
import type { LatentDiffusionNetworks } from '../../networks/index.js';
import type { DiffusionOptions } from '../options.js';
import { inpainting } from './inpainting.js';
import { instructPix2Pix } from './instructPix2Pix.js';
import { ltx } from './ltx.js';
import type { ModelFamily } from './modelFamily.js';
import { stableDiffusion } from './stableDiffusion.js';
import { wan } from './wan.js';
import { wanVace } from './wanVace.js';

/** All of them; a new family is a file and a line here. */
const families: readonly ModelFamily[] = [stableDiffusion, instructPix2Pix, inpainting, wan, wanVace, ltx];

/**
 * The family of a model, told by the channels that its network takes, by whether its autoencoder compresses time, and by whether its network takes hints, or
 * positions.
 *
 * @param options of a run, in which those of other families are refused.
 * @throws {ArgumentError} naming the option and the family that has it.
 */
export function familyOf({ unet, vae, name }: LatentDiffusionNetworks, options: DiffusionOptions = {}): ModelFamily {
  const further = unet.inChannels - vae.latentChannels;
  // Models of no family are refused when they are loaded.
  const compressesTime = vae.temporalScaleFactor > 1;
  const takesHints = unet.hints !== undefined;
  const toldPositions = unet.positionFrequencies !== undefined;
  const family = families.find(
    (each) =>
      each.compressesTime === compressesTime &&
      each.takesHints === takesHints &&
      each.toldPositions === toldPositions &&
      each.furtherChannels(vae.latentChannels) === further,
  )!;
  for (const other of families) {
    const foreign = other.options.find((option) => options[option] !== undefined && !family.options.includes(option));
    if (foreign !== undefined)
      throw new ArgumentError(
        foreign,
        options[foreign],
        `left out with ${name}: it is for models of the kind "${other.title}", and this is "${family.title}"`,
      );
  }
  return family;
}
