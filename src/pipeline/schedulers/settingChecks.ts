import { flag, number, oneOf, type OptionCheck, wholeNumber } from '../core/index.js';
import { upscaleModes } from './resample.js';

/** Longest training schedule that is taken, and longest run where σ is continuous; the longest known has 4,000 timesteps. */
export const LONGEST_SCHEDULE = 100_000;

/** A number above 0. */
export const positive: OptionCheck = (value) => (isPositive(value) ? undefined : 'a number above 0');
const positiveOrNull: OptionCheck = (value) => (value === null || isPositive(value) ? undefined : 'a number above 0, or null');
const share: OptionCheck = (value) => (isShare(value) ? undefined : 'a number between 0 and 1');
const shares: OptionCheck = (value) =>
  value === null || (Array.isArray(value) && value.length > 0 && value.every(isShare))
    ? undefined
    : 'a list of numbers between 0 and 1, or null';
const lambda: OptionCheck = (value) =>
  value === null || value === -Infinity || (typeof value === 'number' && Number.isFinite(value)) ? undefined : 'a number, or null';

/**
 * What each knob must be, whichever scheduler has it: knobs of one name mean the same everywhere.
 *
 * A scheduler that takes fewer words than are listed here says so itself.
 */
export const settingChecks: Readonly<Record<string, OptionCheck>> = {
  numTrainTimesteps: wholeNumber(1, LONGEST_SCHEDULE),
  betaStart: share,
  betaEnd: share,
  betaSchedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2'),
  trainedBetas: shares,
  rescaleBetasZeroSnr: flag,
  predictionType: oneOf('epsilon', 'sample', 'v_prediction'),
  timestepSpacing: oneOf('linspace', 'leading', 'trailing'),
  stepsOffset: wholeNumber(0, LONGEST_SCHEDULE),
  timestepType: oneOf('discrete', 'continuous'),
  timestepScaling: positive,
  originalInferenceSteps: wholeNumber(1, LONGEST_SCHEDULE),
  setAlphaToOne: flag,
  skipPrkSteps: flag,

  clipSample: flag,
  clipSampleRange: positive,
  thresholding: flag,
  dynamicThresholdingRatio: number(0, 1),
  sampleMaxValue: positive,

  useKarrasSigmas: flag,
  useExponentialSigmas: flag,
  useBetaSigmas: flag,
  useLuLambdas: flag,
  useFlowSigmas: flag,
  flowShift: positive,
  shift: positive,
  baseShift: number(0, 10),
  maxShift: number(0, 10),
  baseImageSeqLen: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  maxImageSeqLen: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  invertSigmas: flag,
  stochasticSampling: flag,
  scaleFactors: (value) =>
    value === null || (Array.isArray(value) && value.length > 0 && value.every(isPositive))
      ? undefined
      : 'a list of numbers above 0, or null',
  upscaleMode: oneOf(...upscaleModes),
  sigmaData: positive,
  sigmaSchedule: oneOf('karras', 'exponential'),
  rho: positive,
  sNoise: number(0, Number.MAX_VALUE),
  clipDenoised: flag,
  interpolationType: oneOf('linear', 'log_linear'),
  sigmaMin: positiveOrNull,
  sigmaMax: positiveOrNull,
  useDynamicShifting: flag,
  timeShiftType: oneOf('exponential', 'linear'),
  finalSigmasType: oneOf('zero', 'sigma_min'),
  lambdaMinClipped: lambda,
  varianceType: (value) =>
    value === null || value === 'learned' || value === 'learned_range' ? undefined : '"learned", "learned_range" or null',

  algorithmType: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++'),
  solverType: oneOf('midpoint', 'heun'),
  solverOrder: wholeNumber(1, 3),
  lowerOrderFinal: flag,
  eulerAtFinal: flag,
  eta: number(0, 1),
  noiseSamplerSeed: (value) =>
    value === null || (Number.isSafeInteger(value) && (value as number) >= 0) ? undefined : 'a whole number from 0, or null',
  predictX0: flag,
  disableCorrector: (value) =>
    Array.isArray(value) && value.every((step) => Number.isInteger(step) && step >= 0) ? undefined : 'a list of whole numbers, 0 or more',
  solverP: (value) =>
    value === null ? undefined : 'null: UniPC runs with its own predictor here; to be led by another scheduler, run that one',
  shiftTerminal: (value) => (value === null || isShare(value) ? undefined : 'a number between 0 and 1, or null'),
  predictorOrder: wholeNumber(1, 4),
  correctorOrder: wholeNumber(1, 4),
  tauFunc: (value) =>
    value === null ||
    (Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === 'number' && part >= 0 && Number.isFinite(part)))
      ? undefined
      : '[tau, from, to], three numbers of 0 or more, or null',
};

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 1;
}
