import type { Tensor } from '../core/index.js';
import { type AlphasConfig, alphasCumprod } from './alphas.js';
import type { PredictionType } from './config.js';
import type { NoisePath } from './noisePath.js';
import { originalSample } from './prediction.js';
import type { Scheduler, SchedulerClass } from './scheduler.js';

/** How much of the clean sample and how much noise there is at a step of a run: `sample = signal·x₀ + noise·ε`, as the network sees it. */
export interface NoiseShares {
  /** Entry of the scheduler's `timesteps`. */
  readonly index: number;
  /** What the network is told. */
  readonly timestep: number;
  /** Share of the clean sample: √ᾱ, or 1 − σ of flow matching. */
  readonly signal: number;
  /** Share of the noise: √(1 − ᾱ), or σ. */
  readonly noise: number;
  /**
   * Where the probability-flow ODE stands, falling to 0: σ ⁄ α, by which `sample ⁄ signal` moves with the slope ε; or the σ of flow matching, by which
   * the sample itself moves with the slope v.
   */
  readonly time: number;
}

/** The forward process along a run's noise levels, for methods that take steps of their own. */
export interface ForwardProcess {
  /** How noise and clean sample are joined. */
  readonly path: 'diffusion' | 'flow';
  /** The levels of the run, noisiest first; each once, also where a scheduler asks twice at one, or between two. */
  readonly levels: readonly NoiseShares[];
  /** x₀ as a prediction implies it. @param sample as the network saw it. */
  original(prediction: Tensor, sample: Tensor, at: Pick<NoiseShares, 'signal' | 'noise'>): Tensor;
}

/** What the forward process reads of a scheduler's settings. */
type PathConfig = Partial<{
  predictionType: PredictionType | 'original_sample' | 'flow_prediction';
  useFlowSigmas: boolean;
  invertSigmas: boolean;
}>;

/**
 * The forward process of a scheduler whose timesteps are set; undefined for those of EDM, TrigFlow and consistency models of σ.
 *
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equation 4; Song et al. 2020, "Denoising Diffusion Implicit Models", equation 14;
 * Lipman et al. 2023, "Flow Matching for Generative Modeling".
 */
export function forwardProcess(scheduler: Scheduler): ForwardProcess | undefined {
  const config = scheduler.config as PathConfig;
  const trained: NoisePath | undefined = (scheduler.constructor as unknown as SchedulerClass).noisePath;
  const path = trained ?? (config.useFlowSigmas || config.predictionType === 'flow_prediction' ? 'flow' : 'diffusion');
  if (path !== 'diffusion' && path !== 'flow') return undefined;
  const shares = path === 'flow' ? flowShares : diffusionShares;
  const levels = scheduler.timesteps
    .map((_, index) => shares(scheduler, index))
    .filter(({ index, time }, i, all) => index % scheduler.order === 0 && time !== all[i - scheduler.order]?.time);
  const { predictionType = 'epsilon' } = config;
  const type = predictionType === 'original_sample' ? 'sample' : predictionType;
  const original: ForwardProcess['original'] =
    path === 'flow' || type === 'flow_prediction'
      ? (prediction, sample, { noise }) => originalSample('v_prediction', prediction, sample, 1, noise)
      : (prediction, sample, { signal, noise }) => originalSample(type, prediction, sample, signal, noise);
  return { path, levels, original };
}

function diffusionShares({ timesteps, noiseLevels }: Scheduler, index: number): NoiseShares {
  const time = noiseLevels[index]!;
  const signal = 1 / Math.sqrt(1 + time ** 2);
  return { index, timestep: timesteps[index]!, signal, noise: time * signal, time };
}

function flowShares({ timesteps, sigmas, config }: Scheduler, index: number): NoiseShares {
  const sigma = (config as PathConfig).invertSigmas ? 1 - sigmas![index]! : sigmas![index]!;
  return { index, timestep: timesteps[index]!, signal: 1 - sigma, noise: sigma, time: sigma };
}

/** How much of the clean sample and how much noise the network was trained to see at a timestep, on diffusion's path; between two timesteps by σ. */
export function trainedShares({ config }: Scheduler): (timestep: number) => Pick<NoiseShares, 'signal' | 'noise'> {
  const alphas = alphasCumprod(config as AlphasConfig);
  const signalAt = (index: number) => Math.sqrt(alphas[Math.min(Math.max(index, 0), alphas.length - 1)]!);
  return (timestep) => {
    const [low, high] = [signalAt(Math.floor(timestep)), signalAt(Math.ceil(timestep))];
    const share = timestep - Math.floor(timestep);
    const time = (signal: number) => Math.sqrt(1 / signal ** 2 - 1);
    const signal = low === high ? low : 1 / Math.sqrt(1 + ((1 - share) * time(low) + share * time(high)) ** 2);
    return { signal, noise: Math.sqrt(1 - signal ** 2) };
  };
}
