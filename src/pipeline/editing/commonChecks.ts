import { flag, oneOf, type OptionCheck, text, wholeNumber } from '../core/index.js';
import { diffusionChecks, numberScheduleCheck, scheduledOptions } from '../diffusion/index.js';

const strength: OptionCheck = (value) =>
  typeof value === 'number' && value > 0 && value <= 1 ? undefined : 'a number above 0 and at most 1: the share of the steps that is run';

const shard: OptionCheck = (value) => {
  const { index, count, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const whole = Number.isInteger(index) && Number.isInteger(count) && Object.keys(others).length === 0;
  return whole && (index as number) >= 1 && (index as number) <= (count as number)
    ? undefined
    : '{ index, count }: whole numbers, index from 1 to count';
};

/** The options of `editVideo` that every method has, and whose names no method can take for its own. */
export const commonEditChecks = {
  ...diffusionChecks,
  sourcePrompt: text,
  strength: numberScheduleCheck(strength, scheduledOptions.strength),
  keepPixels: flag,
  keepShapes: flag,
  resolution: oneOf('model', 'source'),
  crop: oneOf('around'),
  fit: oneOf('cover', 'contain', 'fill'),
  windowFrames: wholeNumber(1, 1024),
  windowOverlap: wholeNumber(0, 1023),
  shard,
};
