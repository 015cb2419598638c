import { ArgumentError } from '../core/index.js';
import type { TimestepSpacing } from './config.js';

/** `count` evenly spaced numbers from `start` to `end`, both included. */
export function linspace(start: number, end: number, count: number): number[] {
  if (count === 1) return [start];
  const step = (end - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? end : start + i * step));
}

/** Rounds halves to the even neighbour, as NumPy and PyTorch do (`Math.round` rounds them up). */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What a family of schedulers does differently when it spaces timesteps. */
export interface SpacingOptions {
  /** Training timesteps to pick from. */
  numTrainTimesteps: number;
  /** Added to spacing `leading`. */
  stepsOffset: number;
  /** Keep the fractions that spacing `linspace` gives (Euler, Heun, LMS) rather than round them. */
  fractional?: boolean;
  /** Fractions in double precision (DPMSolverSDE) rather than in single. */
  double?: boolean;
  /** Whether σs are interpolated between timesteps (Euler, Heun, LMS, DPM-Solver), so that a run may begin one above the trained ones. */
  interpolated?: boolean;
  /** Space `steps + 1` timesteps and drop the last, noiseless one (DPM-Solver, UniPC, DEIS). */
  dropLast?: boolean;
  /** First timestep that may be used plus one, where it is below `numTrainTimesteps` (DPM-Solver's `lambdaMinClipped`). */
  lastTimestep?: number;
}

/**
 * The timesteps of a run, noisiest first.
 *
 * The formulae differ between families of schedulers in diffusers; the options say how.
 *
 * @throws {ArgumentError} `FL_ARGUMENT` where a run with an offset is so long that it would begin above the trained timesteps.
 */
export function spaceTimesteps(spacing: TimestepSpacing, steps: number, options: SpacingOptions): number[] {
  const timesteps = spaced(spacing, steps, options);
  // Where σs are interpolated, the timestep after the last has the last one's σ (SD's offset of 1 with all 1,000 steps); elsewhere its ᾱ is missing.
  if (timesteps[0]! >= options.numTrainTimesteps + (options.interpolated ? 1 : 0)) {
    throw new ArgumentError(
      'numInferenceSteps',
      steps,
      `fewer, since stepsOffset moves the first timestep to ${timesteps[0]} and the last one that was trained is ${options.numTrainTimesteps - 1}`,
    );
  }
  return timesteps;
}

function spaced(spacing: TimestepSpacing, steps: number, options: SpacingOptions): number[] {
  const last = options.lastTimestep ?? options.numTrainTimesteps;
  const count = options.dropLast ? steps + 1 : steps;
  switch (spacing) {
    case 'linspace': {
      const ascending = linspace(0, last - 1, count);
      const timesteps = options.fractional ? (options.double ? ascending : ascending.map(Math.fround)) : ascending.map(roundHalfToEven);
      return timesteps.reverse().slice(0, steps);
    }
    case 'leading': {
      const ratio = Math.floor(last / count);
      return Array.from({ length: count }, (_, i) => i * ratio + options.stepsOffset)
        .reverse()
        .slice(0, steps);
    }
    case 'trailing': {
      const ratio = options.numTrainTimesteps / steps;
      // NumPy's arange adds up the difference of its first two values, whose rounding decides where timesteps fall on halves.
      const difference = last - ratio - last;
      // For some numbers of steps (61 of 1,000) the quotient comes out too large and diffusers runs a timestep of −1 more, which is no timestep.
      return Array.from({ length: Math.ceil(last / ratio) }, (_, i) => roundHalfToEven(last + i * difference) - 1).filter(
        (timestep) => timestep >= 0,
      );
    }
  }
}
