import { ArgumentError, type OptionCheck, checkOptions, number, oneOf, type OptionChecks, text } from '../core/index.js';
import {
  type AlignmentKind,
  type GraphRewrite,
  isReplacement,
  type LatentDiffusionNetworks,
  lentAttention,
  refinedTokens,
  replacedTokens,
  type TokenAlignment,
} from '../networks/index.js';
import type { Guidance } from './guidance.js';
import { type GuidanceScheduleOptions, guidanceScheduleOptions } from './guidanceScheduleOptions.js';
import { LocalBlend } from './localBlend.js';
import type { SteeringOptions } from './steering.js';
import type { BranchStep, SourceBranch, SourceCourse } from './sourceBranch.js';

/** How a run borrows the attention of a source. */
export interface PromptToPromptSettings {
  /** How words are brought together: `'replace'`, word for word; `'refine'`, by the longest text that both have; by default the former where both have as many words. */
  alignment?: AlignmentKind | undefined;
  /** Share of the steps, 0…1, in which words look where the source's look; 0.8 by default. */
  crossReplaceSteps?: number;
  /** Share of the steps, 0…1, in which places look where the source's look, which keeps the layout; 0.4 by default. */
  selfReplaceSteps?: number;
  /**
   * Words of either prompt, with commas between several: where neither source nor result looks at one of them, the result is made the source at every step. Left out, the
   * whole picture may change.
   */
  localBlend?: string | undefined;
  /** With `localBlend`: from which share of the largest attention in a frame on a place belongs to a word, 0…1; 0.3 by default. */
  blendThreshold?: number;
}

/** A second prompt whose clip is made beside the run's, from the same noise, and lends it its attention. */
export interface PromptToPromptOptions extends PromptToPromptSettings {
  /** What the source shows. */
  sourcePrompt: string;
}

/** What the authors' code takes. */
export const promptToPromptDefaults = { crossReplaceSteps: 0.8, selfReplaceSteps: 0.4, blendThreshold: 0.3 } as const;

const checks: OptionChecks<PromptToPromptOptions> = {
  sourcePrompt: text,
  alignment: oneOf('replace', 'refine'),
  crossReplaceSteps: number(0, 1),
  selfReplaceSteps: number(0, 1),
  localBlend: text,
  blendThreshold: number(0, 1),
};

/** A source's prompt, and what else is said. */
export const promptToPromptCheck: OptionCheck = (value) => {
  if (typeof (value as Partial<PromptToPromptOptions> | null)?.sourcePrompt !== 'string')
    return "an object with the source's prompt: { sourcePrompt: 'a red car', selfReplaceSteps: 0.4 }";
  checkOptions('promptToPrompt', value as PromptToPromptOptions, checks);
  return undefined;
};

/** What Prompt-to-Prompt needs to know of a run. */
interface ControlledRun {
  readonly model: LatentDiffusionNetworks;
  readonly guidedBy: string;
  readonly options: SteeringOptions &
    GuidanceScheduleOptions & { readonly promptTravel?: unknown; readonly firstBlockCacheThreshold?: number };
  readonly size: { readonly width: number; readonly height: number };
}

/**
 * Prompt-to-Prompt (Hertz et al. 2022, "Prompt-to-Prompt Image Editing with Cross Attention Control"): the words of a prompt look where a source's words look, for a
 * share of the steps, so that what is drawn stands where the source has it. `attentionControl` weighs words besides, which is its re-weighting.
 *
 * @returns makes the branch of a pass, of the source's course in it.
 * @throws {ArgumentError} for prompts that cannot be brought together, words that neither has, and what cannot be joined with it;
 * {@link FrameloomError} `FL_ONNX_UNSUPPORTED` for networks whose attention cannot be lent.
 */
export function promptToPrompt(
  { model, guidedBy, options, size }: ControlledRun,
  sourcePrompt: string,
  { alignment, localBlend, ...given }: PromptToPromptSettings,
): (course: SourceCourse) => SourceBranch {
  const { crossReplaceSteps, selfReplaceSteps, blendThreshold } = { ...promptToPromptDefaults, ...given };
  for (const name of [...guidanceScheduleOptions, 'firstBlockCacheThreshold'] as const)
    if (options[name] !== undefined)
      throw new ArgumentError(
        name,
        options[name],
        'left out with Prompt-to-Prompt, whose source and edit are predicted alike at every step',
      );
  for (const name of ['regionalPrompts', 'promptTravel'] as const)
    if (options[name] !== undefined)
      throw new ArgumentError(name, options[name], 'left out with Prompt-to-Prompt, which brings the words of two prompts together');
  const { tokenizer, unet, vae } = model;
  const kind = alignment ?? (isReplacement(tokenizer, sourcePrompt, guidedBy) ? 'replace' : 'refine');
  const aligned = (kind === 'replace' ? replacedTokens : refinedTokens)(tokenizer, sourcePrompt, guidedBy);
  const latents = { height: size.height / vae.scaleFactor, width: size.width / vae.scaleFactor };
  const loan = lentAttention(unet, latents);
  const words = localBlend?.split(',').map((word) => word.trim());
  const newBlend = () => words && new LocalBlend(model, words, [sourcePrompt, guidedBy], blendThreshold, latents);
  newBlend(); // Words that neither prompt has are found before the work.

  return (course) => {
    const blend = newBlend();
    return {
      async before(step, guidance) {
        const cross = isWithin(step, crossReplaceSteps, 1) ? aligned : undefined;
        const self = isWithin(step, selfReplaceSteps, 0);
        const lends = cross !== undefined || self;
        if (!lends && !blend) return guidance;
        loan.begin();
        const look = blend && { tap: blend.tap, taken: (seen: Seen) => blend.sourceSeen(seen.attention) };
        await course.predict(step, guidance, lends ? [loan.lender] : [], look);
        return promptTerm(guidance, lends ? [loan.borrower({ self, cross })] : [], blend, cross);
      },
      after: (step, result) => blend?.blend(result, course.after(step), step.index, step.steps) ?? result,
    };
  };
}

/** What a look has seen. */
type Seen = Parameters<NonNullable<Guidance['terms'][0]['look']>['taken']>[0];

/** The prompt's own prediction with a network changed further, and looked at for a blend. */
function promptTerm(
  guidance: Guidance,
  rewrites: readonly GraphRewrite[],
  blend: LocalBlend | undefined,
  cross: TokenAlignment | undefined,
): Guidance {
  const [prompt, ...others] = guidance.terms;
  const conditioning = { ...prompt.conditioning, rewrites: [...(prompt.conditioning.rewrites ?? []), ...rewrites] };
  const { look: before } = prompt;
  const look = blend && {
    tap: blend.tap,
    taken: (seen: Seen) => {
      before?.taken(seen);
      blend.editSeen(seen.attention, cross);
    },
  };
  return { ...guidance, terms: [{ ...prompt, conditioning, ...(look && { look }) }, ...others] };
}

/** Whether a step is within a share of the run, as the authors count: of cross-attention one step more than there are. */
function isWithin({ index, steps }: BranchStep, share: number, further: number): boolean {
  return index < Math.floor(share * (steps + further));
}
