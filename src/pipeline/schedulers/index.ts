export { DDIMScheduler } from './ddim.js';
export { type DDIMConfig } from './ddimConfig.js';
export { DDIMInverseScheduler } from './ddimInverse.js';
export { DPMSolverMultistepScheduler, type DPMSolverMultistepConfig } from './dpmSolverMultistep.js';
export { EulerAncestralDiscreteScheduler, type EulerAncestralDiscreteConfig } from './eulerAncestralDiscrete.js';
export { EulerDiscreteScheduler, type EulerDiscreteConfig } from './eulerDiscrete.js';
export { CosineDPMSolverMultistepScheduler, type CosineDPMSolverMultistepConfig } from './cosineDpmSolverMultistep.js';
export { CMStochasticIterativeScheduler, type CMStochasticIterativeConfig } from './cmStochasticIterative.js';
export { EDMDPMSolverMultistepScheduler, type EDMDPMSolverMultistepConfig } from './edmDpmSolverMultistep.js';
export { EDMEulerScheduler } from './edmEuler.js';
export { FlowMatchEulerDiscreteScheduler, type FlowMatchEulerDiscreteConfig } from './flowMatchEulerDiscrete.js';
export { FlowMatchHeunDiscreteScheduler } from './flowMatchHeunDiscrete.js';
export { FlowMatchLCMScheduler, type FlowMatchLCMConfig } from './flowMatchLCM.js';
export { SCMScheduler, type SCMConfig } from './scm.js';
export { LCMScheduler } from './lcm.js';
export { type LCMConfig } from './lcmConfig.js';
export { PNDMScheduler, type PNDMConfig } from './pndm.js';
export { AlphaScheduler, type AlphaConfig } from './families/alphaScheduler.js';
export { SigmaScheduler, type SigmaConfig } from './families/sigmaScheduler.js';
export type { NoisePath } from './noisePath.js';
export type { UpscaleMode } from './resample.js';
export { EDMScheduler, type EDMConfig } from './families/edmScheduler.js';
export { type FlowConfig, type FlowMatchConfig, FlowScheduler, ShiftedFlowScheduler } from './families/flowScheduler.js';
export { SolverScheduler, type SolverConfig } from './families/solverScheduler.js';
export { modelSchedule, type ModelSchedule } from './modelSchedule.js';
export { Scheduler, type SchedulerClass, type StepInput, type StepOutput } from './scheduler.js';
export type { NoiseSource, RunKnob, RunOptions, StepOptions, TimestepOptions } from './runOptions.js';
export type { SchedulerMemory, SchedulerState } from './schedulerState.js';
export type { BetaSchedule, NoiseScheduleConfig, PredictionType, TimestepSpacing } from './config.js';
export type { ClippingConfig } from './clipping.js';
export type { DPMSolverAlgorithm } from './dpmSolver.js';
export type { SigmaScheduleConfig } from './sigmas.js';
export { scheduleNames, type SigmaScheduleName } from './namedSchedules.js';
export type { SchedulerShortName } from './schedulerNames.js';
export { schedulerClasses, type SchedulerName, type SchedulerCapabilities, schedulerCapabilities, isSchedulerName } from './registry.js';
export {
  chosenScheduler,
  type OtherSpelling,
  recordedScheduler,
  type RecordedScheduler,
  requireRunAlone,
  schedulerByName,
  schedulerNames,
  type SchedulerChoice,
  type SchedulerSpec,
} from './schedulerChoice.js';
export { DDPMScheduler, type DDPMConfig, type VarianceType } from './ddpm.js';
export { DEISMultistepScheduler, type DEISMultistepConfig } from './deisMultistep.js';
export { DPMSolverMultistepInverseScheduler, type DPMSolverMultistepInverseConfig } from './dpmSolverMultistepInverse.js';
export { DPMSolverSinglestepScheduler, type DPMSolverSinglestepConfig } from './dpmSolverSinglestep.js';
export { HeunDiscreteScheduler, type HeunDiscreteConfig } from './heunDiscrete.js';
export { IPNDMScheduler, type IPNDMConfig } from './ipndm.js';
export { KDPM2DiscreteScheduler } from './kdpm2Discrete.js';
export { KDPM2AncestralDiscreteScheduler } from './kdpm2AncestralDiscrete.js';
export { MidpointScheduler, type MidpointConfig } from './families/midpointScheduler.js';
export { LMSDiscreteScheduler, type LMSDiscreteConfig } from './lmsDiscrete.js';
export { SASolverScheduler, type SASolverConfig } from './saSolver.js';
export { TCDScheduler } from './tcd.js';
export { UniPCMultistepScheduler, type UniPCMultistepConfig } from './unipcMultistep.js';
export { type AlphasConfig, alphasCumprod } from './alphas.js';
export { type ForwardProcess, forwardProcess, type NoiseShares, trainedShares } from './forwardProcess.js';
export { requireFiniteSample } from './finiteSteps.js';
export { pathOfModel } from './noisePath.js';
export { DPMSolverSDEScheduler, type DPMSolverSDEConfig } from './dpmSolverSDE.js';
export { RePaintScheduler, type RePaintConfig } from './repaint.js';
export type { FlowMatchHeunMemory } from './flowMatchHeunDiscrete.js';
export type { HeunMemory } from './heunDiscrete.js';
export type { UniPCMemory } from './unipcMultistep.js';
export type { FlowMatchLCMMemory } from './flowMatchLCM.js';
export type { IPNDMMemory } from './ipndm.js';
export type { DPMSolverSDEMemory } from './dpmSolverSDE.js';
export type { SinglestepMemory } from './dpmSolverSinglestep.js';
export type { SASolverMemory } from './saSolver.js';
export type { PNDMMemory } from './pndm.js';
export type { LMSMemory } from './lmsDiscrete.js';
export type { MultistepMemory } from './dpmSolverMultistep.js';
export type { MidpointMemory } from './families/midpointScheduler.js';
export type { SolverSchedule } from './families/solverScheduler.js';
export type { NamedSigmaSchedule } from './namedSigmas.js';
export type { NoiseLevel } from './dpmSolver.js';
