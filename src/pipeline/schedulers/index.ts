export { DDIMScheduler, type DDIMConfig } from './ddim.js';
export { DDIMInverseScheduler } from './ddimInverse.js';
export { DPMSolverMultistepScheduler, type DPMSolverMultistepConfig } from './dpmSolverMultistep.js';
export { EulerAncestralDiscreteScheduler, type EulerAncestralDiscreteConfig } from './eulerAncestralDiscrete.js';
export { EulerDiscreteScheduler, type EulerDiscreteConfig } from './eulerDiscrete.js';
export { LCMScheduler, type LCMConfig } from './lcm.js';
export { PNDMScheduler, type PNDMConfig } from './pndm.js';
export { modelSchedule, type ModelSchedule } from './modelSchedule.js';
export { Scheduler, type NoiseSource, type StepOptions, type StepOutput, type TimestepOptions } from './scheduler.js';
export type { BetaSchedule, NoiseScheduleConfig, PredictionType, TimestepSpacing } from './config.js';
export type { ClippingConfig } from './clipping.js';
export type { DPMSolverAlgorithm } from './dpmSolver.js';
export type { SigmaScheduleConfig } from './sigmas.js';
export {
  schedulerClasses, type SchedulerName, type SchedulerShortName, schedulerNames, schedulerByName, isSchedulerName,
} from './registry.js';
export { type AlphasConfig, alphasCumprod } from './alphas.js';
export { requireFiniteSample } from './finiteSteps.js';
