import { DDIMScheduler } from './ddim.js';
import { DDPMScheduler } from './ddpm.js';
import { DEISMultistepScheduler } from './deisMultistep.js';
import { DDIMInverseScheduler } from './ddimInverse.js';
import { DPMSolverMultistepScheduler } from './dpmSolverMultistep.js';
import { DPMSolverMultistepInverseScheduler } from './dpmSolverMultistepInverse.js';
import { DPMSolverSDEScheduler } from './dpmSolverSDE.js';
import { DPMSolverSinglestepScheduler } from './dpmSolverSinglestep.js';
import { EulerAncestralDiscreteScheduler } from './eulerAncestralDiscrete.js';
import { EulerDiscreteScheduler } from './eulerDiscrete.js';
import { SigmaScheduler } from './families/sigmaScheduler.js';
import { SolverScheduler } from './families/solverScheduler.js';
import { HeunDiscreteScheduler } from './heunDiscrete.js';
import { IPNDMScheduler } from './ipndm.js';
import { KDPM2AncestralDiscreteScheduler } from './kdpm2AncestralDiscrete.js';
import { KDPM2DiscreteScheduler } from './kdpm2Discrete.js';
import { CosineDPMSolverMultistepScheduler } from './cosineDpmSolverMultistep.js';
import { CMStochasticIterativeScheduler } from './cmStochasticIterative.js';
import { EDMDPMSolverMultistepScheduler } from './edmDpmSolverMultistep.js';
import { EDMEulerScheduler } from './edmEuler.js';
import { FlowMatchEulerDiscreteScheduler } from './flowMatchEulerDiscrete.js';
import { FlowMatchHeunDiscreteScheduler } from './flowMatchHeunDiscrete.js';
import { FlowMatchLCMScheduler } from './flowMatchLCM.js';
import { SCMScheduler } from './scm.js';
import { LCMScheduler } from './lcm.js';
import { LMSDiscreteScheduler } from './lmsDiscrete.js';
import { PNDMScheduler } from './pndm.js';
import { RePaintScheduler } from './repaint.js';
import type { RunKnob } from './runOptions.js';
import { SASolverScheduler } from './saSolver.js';
import type { Scheduler, SchedulerClass } from './scheduler.js';
import { TCDScheduler } from './tcd.js';
import { UniPCMultistepScheduler } from './unipcMultistep.js';

/** Every scheduler class by the name it has in `scheduler_config.json`, in diffusers and here. A new one is one line here. */
export const schedulerClasses = {
  DDIMScheduler,
  DDIMInverseScheduler,
  EulerDiscreteScheduler,
  EulerAncestralDiscreteScheduler,
  DPMSolverMultistepScheduler,
  LCMScheduler,
  PNDMScheduler,
  UniPCMultistepScheduler,
  HeunDiscreteScheduler,
  KDPM2DiscreteScheduler,
  KDPM2AncestralDiscreteScheduler,
  LMSDiscreteScheduler,
  DPMSolverSinglestepScheduler,
  DPMSolverMultistepInverseScheduler,
  DEISMultistepScheduler,
  SASolverScheduler,
  DDPMScheduler,
  TCDScheduler,
  IPNDMScheduler,
  DPMSolverSDEScheduler,
  RePaintScheduler,
  CosineDPMSolverMultistepScheduler,
  CMStochasticIterativeScheduler,
  EDMDPMSolverMultistepScheduler,
  EDMEulerScheduler,
  FlowMatchEulerDiscreteScheduler,
  FlowMatchHeunDiscreteScheduler,
  FlowMatchLCMScheduler,
  SCMScheduler,
} as const;

/** The name of a scheduler class. */
export type SchedulerName = keyof typeof schedulerClasses;

/** What a scheduler class can do, told without running it. */
export interface SchedulerCapabilities {
  /** The class. */
  readonly name: SchedulerName;
  /** Its settings, with the defaults of diffusers. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Knobs of a run that it reads beside them. */
  readonly runKnobs: readonly RunKnob[];
  /** UNet calls that a step takes. */
  readonly order: number;
  /** Whether it can be run backwards, as inversion needs. */
  readonly isInvertible: boolean;
}

/** What a class can do, at its defaults. */
export function schedulerCapabilities(name: SchedulerName): SchedulerCapabilities {
  const type = schedulerClass(name);
  const scheduler = type.fromConfig({});
  return {
    name,
    settings: { ...type.defaults },
    runKnobs: runKnobsOf(name),
    order: scheduler.order,
    isInvertible: scheduler.inverse() !== undefined,
  };
}

/** Knobs of a run that a class reads: its own, and a schedule of σ by name where it works in σ or λ. */
export function runKnobsOf(name: SchedulerName): readonly RunKnob[] {
  const { runKnobs, prototype } = schedulerClass(name) as SchedulerClass & { prototype: unknown };
  return prototype instanceof SigmaScheduler || prototype instanceof SolverScheduler ? [...runKnobs, 'sigmaSchedule'] : runKnobs;
}

/** A class by its name, typed alike for all. */
export function schedulerClass(name: SchedulerName): SchedulerClass<Scheduler> {
  return schedulerClasses[name];
}

/** Whether Frameloom has a scheduler class of this name. */
export function isSchedulerName(name: string): name is SchedulerName {
  return Object.hasOwn(schedulerClasses, name);
}
