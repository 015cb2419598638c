import { anything, ArgumentError, type OptionChecks, text } from '../core/index.js';
import type { AttentionSite } from '../onnx/index.js';
import { captureErrors } from './errors.js';
import type { RunFrameAttention, RunRecord } from './record.js';

/** Which maps to average; whatever is not named is averaged over all that was captured. */
export interface MapChoice {
  /** One captured step. */
  step?: number;
  /** One layer by id, or several by the start of it (`up_blocks.1`). */
  layer?: string;
  /** One head, where heads were captured each by itself. */
  head?: number;
}

/** What a choice may hold. */
export const choiceChecks: OptionChecks<MapChoice> = { step: anything, layer: text, head: anything };

/** The layers chosen, as far as they have the head. @throws {ArgumentError} for a layer or head that was not captured. */
export function chosenSites({ sites, heads }: RunFrameAttention, { layer, head }: MapChoice): readonly AttentionSite[] {
  const chosen = layer === undefined ? sites : sites.filter(({ id }) => id === layer || id.startsWith(`${layer}.`));
  if (chosen.length === 0) throw new ArgumentError('layer', layer, `one of ${sites.map(({ id }) => id).join(', ')}, or the start of some`);
  if (head === undefined) return chosen;
  if (heads === 'mean')
    throw new ArgumentError('head', head, "left out: only the mean over heads was captured (capture: { heads: 'each' } keeps them apart)");
  const having = heads.includes(head) ? chosen.filter((site) => head < site.heads!) : [];
  if (having.length === 0) throw new ArgumentError('head', head, `one of ${heads.join(', ')} that the layers have`);
  return having;
}

/** The steps chosen. @throws {FrameloomError} `FL_CAPTURE_STEP`. */
export function chosenSteps({ captured }: RunRecord, { step }: MapChoice): readonly number[] {
  if (step === undefined) return captured;
  if (!captured.includes(step)) throw captureErrors.noStep(step, captured, 1);
  return [step];
}

/** Which of a layer's `count` kept heads are meant: the one chosen, or all. */
export function chosenHeads({ heads }: RunFrameAttention, head: number | undefined, count: number): readonly number[] {
  if (head === undefined) return Array.from({ length: count }, (_, i) => i);
  return [(heads as readonly number[]).indexOf(head)];
}
