import type { SchedulerName } from './registry.js';

/** What runs in the place of a scheduler class that Frameloom lacks. */
export interface Substitute {
  /** The class that runs. */
  readonly name: SchedulerName;
  /** Settings, as `scheduler_config.json` spells them, that hold whatever the file says. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What the replaced class takes where the file leaves it open, as far as the class that runs takes something else. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Whether pictures come out the same with this `scheduler_config.json`. */
  readonly same?: (json: Readonly<Record<string, unknown>>) => boolean;
}

/** Where Heun and its kin begin and end, which is not where DDPM's family does. */
const heunBetas = { beta_start: 0.00085, beta_end: 0.012, timestep_spacing: 'linspace' } as const;
const ancestral: Substitute = {
  name: 'EulerAncestralDiscreteScheduler',
  defaults: { timestep_spacing: 'leading' },
  same: ({ clip_sample: clips, thresholding, variance_type: variance = 'fixed_small', timestep_spacing: spacing = 'leading' }) =>
    clips === false && thresholding !== true && String(variance).startsWith('fixed_small') && spacing === 'leading',
};
const dpmSolver = { name: 'DPMSolverMultistepScheduler', config: { algorithm_type: 'dpmsolver++', solver_type: 'midpoint' } } as const;

/**
 * Classes of diffusers that share the training noise schedule of DDPM, and the nearest class here.
 *
 * "Nearest" was measured: whole runs of diffusers with a small Stable Diffusion, 10 to 50 steps. UniPC and DEIS are
 * 0.3 to 3 % of the root mean square from DPM-Solver++, the single-step form 5 %, LMS 6 % from Euler, the second-order
 * methods 10 to 20 %; DDPM is Euler ancestral in other words, noise and all.
 */
export const substitutes: Readonly<Record<string, Substitute>> = {
  UniPCMultistepScheduler: dpmSolver,
  DEISMultistepScheduler: dpmSolver,
  SASolverScheduler: dpmSolver,
  // Its timesteps are spaced linearly, whatever the file says.
  DPMSolverSinglestepScheduler: { name: 'DPMSolverMultistepScheduler', config: { timestep_spacing: 'linspace' } },
  DPMSolverMultistepInverseScheduler: { name: 'DPMSolverMultistepScheduler' },
  DPMSolverSDEScheduler: { name: 'DPMSolverMultistepScheduler', config: { algorithm_type: 'sde-dpmsolver++', solver_type: 'midpoint' }, defaults: heunBetas },
  HeunDiscreteScheduler: { name: 'EulerDiscreteScheduler', defaults: heunBetas },
  LMSDiscreteScheduler: { name: 'EulerDiscreteScheduler' },
  KDPM2DiscreteScheduler: { name: 'EulerDiscreteScheduler', defaults: heunBetas },
  KDPM2AncestralDiscreteScheduler: { name: 'EulerAncestralDiscreteScheduler', defaults: heunBetas },
  DDPMScheduler: ancestral,
  DDPMParallelScheduler: ancestral,
  DDIMParallelScheduler: { name: 'DDIMScheduler', same: () => true },
  // Only inverts; a model cannot be meant to be run by it.
  DDIMInverseScheduler: { name: 'DDIMScheduler' },
};

/** Classes whose own default is to clip the clean sample to ±1. */
export const clippingClasses: readonly string[] = ['DDIMScheduler', 'DDIMInverseScheduler', 'DDIMParallelScheduler'];

/**
 * Why a class cannot be replaced; undefined for those that are not known to need something else.
 *
 * The model behind such a class was trained on another path of noise, so that every scheduler here would draw garbage.
 */
export function whyIrreplaceable(className: string): string | undefined {
  const reasons: readonly [RegExp, string][] = [
    [/Flow|LTXEuler|Helios|UnifiedVoice|MiniMax/, 'it belongs to flow matching (Stable Diffusion 3, Flux, video transformers), a path of noise that Frameloom runs only where you name DPMSolverMultistepScheduler with useFlowSigmas'],
    [/TCD/, 'its model is distilled for trajectory consistency, which other schedulers do not follow'],
    [/EDM|KarrasVe|CosineDPM/, "it scales the network's input and output in the way of EDM (Playground 2.5, Stable Audio)"],
    [/Wuerstchen/, 'it belongs to Würstchen and Stable Cascade, whose networks are not Stable Diffusion UNets'],
    [/SCM/, 'it belongs to SANA-Sprint, a video and picture transformer'],
    [/CMStochastic|Consistency/, 'its model is a consistency model of pixels'],
    [/UnCLIP/, 'it belongs to unCLIP (DALL-E 2, Karlo, Kandinsky)'],
    [/CogVideoX/, 'it belongs to CogVideoX, a video transformer'],
    [/ScoreSde|IPNDM|VQDiffusion|Amused|RePaint|BlockRefinement|DiscreteDDIM|EntropyBound/, 'its model was not trained on the noise schedule of Stable Diffusion'],
  ];
  return reasons.find(([pattern]) => pattern.test(className))?.[1];
}
