import { ArgumentError, type OptionCheck } from '../core/index.js';

/**
 * How strongly a LoRA acts: 1 as it was trained, 0 not at all. A number holds for the whole run; points `[timestep, weight]` are joined by straight lines, and a
 * function gives it for a timestep. Timesteps fall from 999, where all is noise, to 0, where the picture is clean.
 */
export type LoraWeight = number | readonly (readonly [timestep: number, weight: number])[] | ((timestep: number) => number);

/** The timestep that the text encoder, which reads the prompt once, is asked at. */
export const FIRST_TIMESTEP = 999;

/** Largest weight in either direction: ten times what was trained draws nothing but noise. */
export const MOST_WEIGHT = 10;

/** Whether it is a number that a LoRA may be weighted by. */
export const isWeight = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= MOST_WEIGHT;

const isPoint = (value: unknown) => Array.isArray(value) && value.length === 2 && Number.isFinite(value[0]) && isWeight(value[1]);

/** Weights by the names of LoRAs. */
export const loraWeightsCheck: OptionCheck = (given) => {
  const fits = (value: unknown) =>
    typeof value === 'function' || isWeight(value) || (Array.isArray(value) && value.length > 0 && value.every(isPoint));
  return typeof given === 'object' && given !== null && !Array.isArray(given) && Object.values(given).every(fits)
    ? undefined
    : `an object with a weight for each LoRA by its name: a number from -${MOST_WEIGHT} to ${MOST_WEIGHT}, points [[timestep, weight], …], or a function of the timestep`;
};

/** A weight at a timestep. @throws {ArgumentError} for a function's result that is no weight. */
export function weightAt(weight: LoraWeight, timestep: number): number {
  if (typeof weight === 'number') return weight;
  if (typeof weight !== 'function') return between(weight, timestep);
  const value: unknown = weight(timestep);
  if (!isWeight(value))
    throw new ArgumentError(
      'loraWeights',
      value,
      `a function that returns numbers from -${MOST_WEIGHT} to ${MOST_WEIGHT}, also at timestep ${timestep}`,
    );
  return value;
}

/** On straight lines between points, and level outside of them. Two points at one timestep, in the order of the others, are a step. */
function between(points: readonly (readonly [number, number])[], timestep: number): number {
  const falls = points[0]![0] > points.at(-1)![0];
  const sorted = (falls ? [...points].reverse() : [...points]).sort(([a], [b]) => a - b);
  const above = sorted.findIndex(([at]) => at >= timestep);
  if (above < 0) return sorted.at(-1)![1];
  const [end, last] = sorted[above]!;
  if (above === 0) return last;
  const [start, first] = sorted[above - 1]!;
  return first + ((last - first) * (timestep - start)) / (end - start);
}
