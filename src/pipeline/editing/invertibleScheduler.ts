import { notice } from '../diffusion/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import { DDIMScheduler } from '../schedulers/index.js';
import type { EditVideoOptions } from './options.js';

/**
 * The options of an edit, with DDIM where DiffEdit is wanted, no scheduler is named and the model's own cannot be run backwards.
 *
 * It is made from the model's noise schedule, as diffusers' DiffEdit pipeline has it made; latents are clipped only where
 * the model says so.
 */
export function withInvertibleScheduler(model: LatentDiffusionNetworks, options: EditVideoOptions): EditVideoOptions {
  const wantsDiffedit = options.method === 'diffedit' || (options.method === undefined && options.sourcePrompt !== undefined);
  const own = model.scheduler;
  if (!wantsDiffedit || options.scheduler !== undefined || own.inverse()) return options;
  notice(options, `DiffEdit runs the source backwards, which ${own.className}${own instanceof DDIMScheduler ? ' with timesteps of spacing linspace' : ''} cannot; DDIMScheduler is used, on the model's own noise schedule.`);
  const { schedulerConfig } = model;
  const spacing = schedulerConfig.timestep_spacing === 'trailing' ? 'trailing' : 'leading';
  return { ...options, scheduler: DDIMScheduler.fromConfig({ ...schedulerConfig, timestep_spacing: spacing }) };
}
