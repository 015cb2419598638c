import { number, type OptionCheck } from '../core/index.js';
import { type NumberSchedule, numberScheduleCheck, scheduledOptions } from './keyframes/index.js';

/** What is done to the attention that the picture pays to words of the prompt. */
export interface AttentionControl {
  /**
   * What the attention to a word, or to several that follow one another, is multiplied by, −10 … 10: above 1 the picture has more of it, below 1 less; at 0 the word is
   * not seen. Words as they stand in the prompt. Also a {@link NumberSchedule} over the clip's frames, with picture models and motion models that read a text for each frame.
   */
  readonly words: Readonly<Record<string, NumberSchedule>>;
  /** Shares of the steps, 0 … 1, between which this is done; `[0, 1]` by default. */
  readonly steps?: readonly [from: number, to: number];
}

/** Words with weights, and a share of the steps. */
export const attentionControlCheck: OptionCheck = (value, name) => {
  const wanted = 'an object such as { words: { car: 1.5 }, steps: [0, 0.4] }';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted;
  const { words, steps = [0, 1], ...others } = value as Partial<AttentionControl>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `${wanted}; there is no ${name}.${unknown}`;
  if (typeof words !== 'object' || words === null || Array.isArray(words)) return wanted;
  const weight = numberScheduleCheck(number(...scheduledOptions.attentionControl), scheduledOptions.attentionControl);
  for (const [word, given] of Object.entries(words)) {
    const wrong = weight(given, word);
    if (wrong !== undefined) return `${wanted}; the weight of "${word}" must be ${wrong}`;
  }
  const share = number(0, 1);
  const isSpan =
    Array.isArray(steps) && steps.length === 2 && steps.every((each) => share(each, 'steps') === undefined) && steps[0] < steps[1];
  return isSpan ? undefined : `${wanted}; steps are two shares of the run from 0 to 1, the smaller first`;
};
