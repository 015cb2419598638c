import { familyOf, notice } from '../diffusion/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import { DDIMScheduler } from '../schedulers/index.js';
import { findMethod } from './findMethod.js';
import { addsNoise } from './noiseMaps.js';
import type { EditVideoOptions } from './options.js';

/**
 * The options of an edit, with DDIM where a method is wanted that inverts the source, or has its noise drawn again, no scheduler is named and
 * the model's own cannot be run backwards, or draws none.
 *
 * It is made from the model's noise schedule, as diffusers' DiffEdit pipeline has it made; latents are clipped only where
 * the model says so.
 */
export function withInvertibleScheduler(model: LatentDiffusionNetworks, options: EditVideoOptions): EditVideoOptions {
  const { method } = options;
  const named = typeof method === 'string' ? findMethod(method) : method;
  // Without a method's name, a source's caption chooses one that inverts.
  const inverts = named ? named.invertsSource : options.sourcePrompt !== undefined;
  const own = model.scheduler;
  if (named?.replaysNoise) {
    if (!familyOf(model).runsBackwards || options.scheduler !== undefined || addsNoise(own.adaptedTo(model.schedulerConfig)))
      return options;
    notice(
      options,
      `${named.title} has the source's noise drawn again, and ${own.className} draws none; DDIMScheduler is used, on the model's own noise schedule.`,
    );
    return { ...options, scheduler: ddimOf(model) };
  }
  if (!inverts || !familyOf(model).runsBackwards || options.scheduler !== undefined || own.inverse()) return options;
  notice(
    options,
    `${named?.title ?? 'DiffEdit'} runs the source backwards, which ${own.className}${own instanceof DDIMScheduler ? ' with timesteps of spacing linspace' : ''} cannot; DDIMScheduler is used, on the model's own noise schedule.`,
  );
  return { ...options, scheduler: ddimOf(model) };
}

/** DDIM on a model's noise schedule, with timesteps that can be run backwards. */
function ddimOf({ schedulerConfig }: LatentDiffusionNetworks): DDIMScheduler {
  const spacing = schedulerConfig.timestep_spacing === 'trailing' ? 'trailing' : 'leading';
  return DDIMScheduler.fromConfig({ ...schedulerConfig, timestep_spacing: spacing });
}
