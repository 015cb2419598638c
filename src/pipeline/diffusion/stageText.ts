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
}

/** What is being done, for people: `reading the clip: frame 3 of 8`, `inverting the source: 4 of 12`, `step 7 of 20`. */
export function stageText({ stage, step, steps }: Pick<Progress, 'stage' | 'step' | 'steps'>, pieces?: Pieces): string {
  if (stage === 'denoise') return `step ${step} of ${steps}`;
  if (!pieces) return doing[stage];
  const of = pieces.of === undefined ? '' : ` of ${pieces.of}`;
  return `${doing[stage]}: ${stage === 'frames' ? 'frame ' : ''}${pieces.done}${of}`;
}
