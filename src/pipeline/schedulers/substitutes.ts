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

/** Classes of diffusers that Frameloom has under another name, or that only run another one backwards. */
export const substitutes: Readonly<Record<string, Substitute>> = {
  DDPMParallelScheduler: { name: 'DDPMScheduler', same: () => true },
  DDIMParallelScheduler: { name: 'DDIMScheduler', same: () => true },
  // Only invert; a model cannot be meant to be run by them.
  DDIMInverseScheduler: { name: 'DDIMScheduler' },
  DPMSolverMultistepInverseScheduler: { name: 'DPMSolverMultistepScheduler' },
};

/** Classes whose own default is to clip the clean sample to ±1. */
export const clippingClasses: readonly string[] = [
  'DDIMScheduler',
  'DDIMInverseScheduler',
  'DDIMParallelScheduler',
  'DDPMScheduler',
  'DDPMParallelScheduler',
];

/**
 * Why a class cannot be replaced; undefined for those that are not known to need something else.
 *
 * The model behind such a class was trained on another path of noise, so that every scheduler here would draw garbage.
 */
export function whyIrreplaceable(className: string): string | undefined {
  const reasons: readonly [RegExp, string][] = [
    [/Flow|LTXEuler|Helios|UnifiedVoice|MiniMax/, 'it belongs to a kind of flow matching that Frameloom does not have'],
    [/KarrasVe/, "it scales the network's input and output in a way of its own"],
    [/Wuerstchen/, 'it belongs to Würstchen and Stable Cascade, whose networks are not Stable Diffusion UNets'],
    [/Consistency/, 'its model is a consistency model of pixels'],
    [/UnCLIP/, 'it belongs to unCLIP (DALL-E 2, Karlo, Kandinsky)'],
    [/CogVideoX/, 'it belongs to CogVideoX, a video transformer'],
    [
      /ScoreSde|VQDiffusion|Amused|RePaint|BlockRefinement|DiscreteDDIM|EntropyBound/,
      'its model was not trained on the noise schedule of Stable Diffusion',
    ],
  ];
  return reasons.find(([pattern]) => pattern.test(className))?.[1];
}
