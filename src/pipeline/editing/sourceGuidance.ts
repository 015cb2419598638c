import { ArgumentError, type Tensor } from '../core/index.js';
import { type Guidance, guidedPrediction, type PreparedRun, refuseStepOptions } from '../diffusion/index.js';
import { forwardProcess, type ForwardProcess, type NoiseShares } from '../schedulers/index.js';

/** Settings of methods that predict for the source, too. */
export interface SourceGuidanceSettings {
  /**
   * With `flowedit`, `ddpm-inversion`, `ledits` and `infedit`: guidance of the predictions for the source, as `guidanceScale` is for the prompt's;
   * 1 or less for none. The default is the method's own: 1.5, 3.5, 3.5 and 1.
   */
  sourceGuidanceScale: number;
}

/**
 * The forward process of a run, for methods that compare what two texts make of one noised source.
 *
 * @param method its name and title.
 * @throws {ArgumentError} with networks that are shown the source besides, and on other paths of noise than diffusion's and flow's.
 */
export function requireForwardProcess(
  { family, model, newScheduler, options }: PreparedRun,
  { name, title }: { readonly name: string; readonly title: string },
): ForwardProcess {
  refuseStepOptions(options, name);
  if (family.startsFromNoise)
    throw new ArgumentError(
      'method',
      name,
      `"sdedit" with ${model.name}: ${title} asks by text alone, but ${family.title} is shown the source`,
    );
  const scheduler = newScheduler();
  const process = forwardProcess(scheduler);
  if (!process)
    throw new ArgumentError(
      'method',
      name,
      `"sdedit" with ${scheduler.className}: ${title} knows the paths of diffusion and of flow matching alone`,
    );
  return process;
}

/** The clean sample that a guided prediction implies. @param sample as the network sees it at that level. */
export async function predictOriginal(
  { unet, stopwatch }: PreparedRun,
  process: ForwardProcess,
  at: NoiseShares,
  sample: Tensor,
  guidance: Guidance,
): Promise<Tensor> {
  const { guided } = await stopwatch.measure('unet', () => guidedPrediction(unet, sample, at.timestep, guidance));
  return process.original(guided, sample, at);
}
