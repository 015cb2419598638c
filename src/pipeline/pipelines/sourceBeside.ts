import { ArgumentError, type Tensor } from '../core/index.js';
import {
  type DenoisePass,
  NoiseForBoth,
  type PreparedRun,
  promptToPrompt,
  type PromptToPromptOptions,
  sampledCourse,
} from '../diffusion/index.js';

/**
 * A second clip that is made beside a run, from the same noise, and lends it its attention.
 *
 * @returns what a pass is told of it. @param latents those that the pass starts from.
 * @throws what {@link promptToPrompt} throws.
 */
export async function sourceBeside(
  run: PreparedRun,
  { sourcePrompt, ...settings }: PromptToPromptOptions,
): Promise<(latents: Tensor) => Pick<DenoisePass, 'beside' | 'noise'>> {
  const { camera } = run.options;
  if (camera)
    throw new ArgumentError('camera', 'given', 'left out with promptToPrompt, whose two clips are made from one noise in one pass');
  const branch = promptToPrompt(run, sourcePrompt, settings);
  const source = await run.condition(sourcePrompt);
  return (start) => {
    const noise = new NoiseForBoth(run.noise);
    const sampling = { scheduler: run.newScheduler(), start, noise: noise.first, eta: run.options.eta };
    return { beside: branch(sampledCourse(run, source, run.guidanceStrength.scale, sampling)), noise: noise.second };
  };
}
