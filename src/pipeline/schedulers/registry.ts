import { FrameloomError, suggestion } from '../core/index.js';
import { DDIMScheduler } from './ddim.js';
import { DDIMInverseScheduler } from './ddimInverse.js';
import { DPMSolverMultistepScheduler } from './dpmSolverMultistep.js';
import { EulerAncestralDiscreteScheduler } from './eulerAncestralDiscrete.js';
import { EulerDiscreteScheduler } from './eulerDiscrete.js';
import { LCMScheduler } from './lcm.js';
import { PNDMScheduler } from './pndm.js';
import type { Scheduler } from './scheduler.js';

/** Every scheduler class by the name it has in `scheduler_config.json`, in diffusers and here. */
export const schedulerClasses = {
  DDIMScheduler,
  DDIMInverseScheduler,
  EulerDiscreteScheduler,
  EulerAncestralDiscreteScheduler,
  DPMSolverMultistepScheduler,
  LCMScheduler,
  PNDMScheduler,
} as const;

/** The name of a scheduler class. */
export type SchedulerName = keyof typeof schedulerClasses;

interface ShortName {
  readonly name: SchedulerName;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What people type on a command line, after the names that diffusers, A1111 and ComfyUI use. */
const shortNames = {
  ddim: { name: 'DDIMScheduler' },
  euler: { name: 'EulerDiscreteScheduler' },
  euler_a: { name: 'EulerAncestralDiscreteScheduler' },
  euler_ancestral: { name: 'EulerAncestralDiscreteScheduler' },
  dpmpp_2m: { name: 'DPMSolverMultistepScheduler' },
  dpmpp_2m_karras: { name: 'DPMSolverMultistepScheduler', config: { useKarrasSigmas: true } },
  dpmpp_2m_sde: { name: 'DPMSolverMultistepScheduler', config: { algorithmType: 'sde-dpmsolver++' } },
  dpmpp_2m_sde_karras: { name: 'DPMSolverMultistepScheduler', config: { algorithmType: 'sde-dpmsolver++', useKarrasSigmas: true } },
  lcm: { name: 'LCMScheduler' },
  pndm: { name: 'PNDMScheduler' },
  plms: { name: 'PNDMScheduler', config: { skipPrkSteps: true } },
} as const satisfies Record<string, ShortName>;

/** A short name of a scheduler with its settings: `euler_a`, `dpmpp_2m_karras`. */
export type SchedulerShortName = keyof typeof shortNames;

/** Every name that {@link schedulerByName} understands: short names first, then class names. */
export const schedulerNames: readonly string[] = [...Object.keys(shortNames), ...Object.keys(schedulerClasses)];

/**
 * A scheduler by class name or short name (`ddim`, `euler_a`, `dpmpp_2m_karras`, …) with a model's noise schedule.
 *
 * @param json the model's `scheduler_config.json`; the noise schedule and what the model predicts come from it.
 * @throws {FrameloomError} `FL_SCHEDULER_UNKNOWN` with the names there are.
 */
export function schedulerByName(name: string, json: Readonly<Record<string, unknown>> = {}): Scheduler {
  const asTyped = name.toLowerCase().replaceAll(/[- ]/g, '_').replaceAll('++', 'pp');
  const short: ShortName | undefined = Object.hasOwn(shortNames, asTyped) ? shortNames[asTyped as SchedulerShortName] : undefined;
  const className = short?.name ?? name;
  if (!isSchedulerName(className)) {
    throw new FrameloomError('FL_SCHEDULER_UNKNOWN', `There is no scheduler "${name}". ${suggestion(name, schedulerNames, 'There are')}`);
  }
  return schedulerClasses[className].fromConfig({ ...json, ...short?.config });
}

/** Whether Frameloom has a scheduler class of this name. */
export function isSchedulerName(name: string): name is SchedulerName {
  return Object.hasOwn(schedulerClasses, name);
}
