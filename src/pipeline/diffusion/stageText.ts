import type { Progress } from './options.js';

/** What each stage but denoising is called. */
const doing: Readonly<Record<Exclude<Progress['stage'], 'denoise'>, string>> = {
  frames: 'reading the clip',
  read: 'looking at what the clip shows',
  encode: 'encoding the frames',
  mask: 'finding what to change',
  invert: 'inverting the source',
  decode: 'decoding',
};

/** How many pieces of a stage are done, of how many where that is known. */
export interface Pieces {
  /** Pieces that are done. */
  readonly done: number;
  /** How many there are, where that is known. */
  readonly of?: number | undefined;
  /** Of a prediction's frames: which of the step's predictions it is, from 1. */
  readonly prediction?: number;
  /** Of a prediction's frames: how many predictions the step has. */
  readonly predictions?: number;
}

/**
 * What is being done, for people: `reading the clip: frame 3 of 8`, `inverting the source: 4 of 12`, `step 7 of 20`; of a step that is begun
 * `step 8 of 20: frame 3 of 16, prediction 2 of 2`.
 *
 * @param step steps that are done.
 * @param pieces of a stage, or of the step that is begun.
 */
export function stageText({ stage, step, steps }: Pick<Progress, 'stage' | 'step' | 'steps'>, pieces?: Pieces): string {
  if (stage === 'denoise') return pieces ? `step ${step + 1} of ${steps}: ${predicted(pieces)}` : `step ${step} of ${steps}`;
  if (!pieces) return doing[stage];
  const of = pieces.of === undefined ? '' : ` of ${pieces.of}`;
  return `${doing[stage]}: ${stage === 'frames' || stage === 'encode' || stage === 'decode' ? 'frame ' : ''}${pieces.done}${of}`;
}

/** What of a step's predictions is done: `frame 3 of 16`, `frame 3 of 16, prediction 2 of 2`; where all frames go together, `prediction 1 of 2`. */
function predicted({ done, of = done, prediction = 1, predictions = 1 }: Pieces): string {
  const parts = [
    ...(done < of ? [`frame ${done} of ${of}`] : []),
    ...(predictions > 1 ? [`prediction ${prediction} of ${predictions}`] : []),
  ];
  return parts.join(', ');
}
