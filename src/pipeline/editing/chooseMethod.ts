import type { EditVideoOptions } from './options.js';
import type { CaptionVocabulary } from '../networks/index.js';

/** What an edit is made with; recorded in the result, so that the same edit can be made again. */
export interface EditPlan {
  /** The editing method. */
  method: 'sdedit' | 'diffedit';
  /** How far from the source the edit may go. */
  strength: number;
  /** What the source shows, as given or as read; undefined where nobody said and the method does not ask. */
  sourcePrompt: string | undefined;
  /** DiffEdit: whether the mask is the subject as the model's interrogator sees it, or lies where two prompts disagree. */
  maskBy: 'subject' | 'prompts';
  /** DiffEdit, by prompts: what the source prompt is compared with to find the mask; undefined for the prompt. */
  maskPrompt: string | undefined;
  /** DiffEdit: whether the edit starts from the noised source; else from the inverted one, which holds on to the source's colours. */
  noised: boolean;
  /**
   * DiffEdit, by subject: what the subject is edited towards, alone before plain gray, so that nothing of what surrounds it
   * bleeds into its colours; undefined where it is edited where it stands.
   */
  isolatedPrompt: string | undefined;
  /** DiffEdit: whether what the mask leaves out is edited. */
  invertMask: boolean;
  /** DiffEdit: latent places around the mask that are edited too. */
  maskGrow: number;
  /** Whether the source's own pixels come back where nothing has changed. */
  keepPixels: boolean;
  /** Whether only the colours are taken from the edit, and the shapes stay the source's. */
  keepShapes: boolean;
  /** What the two captions differ in, where that decided. */
  changes?: readonly string[];
}

/** Strengths by method, where nothing more is known: enough to change what a thing is; diffusers' `inpaint_strength`. */
const DEFAULT_STRENGTH = { sdedit: 0.6, diffedit: 0.8 } as const;

/** Most that SDEdit does to a source that was not understood, or shows what the prompt says already: it keeps its things, places and most of its colours. */
const CAREFUL_STRENGTH = 0.3;

/** The background of captions for a subject alone. */
const PLAIN_GRAY = 'plain gray';

type Decision = Pick<EditPlan, 'method' | 'strength'> & Partial<Pick<EditPlan, 'invertMask' | 'maskGrow' | 'keepShapes' | 'noised'>> & { maskBy?: 'prompt' | 'colour' };

/**
 * What does best for each kind of change, measured on held-out clips of the embedded model (`npm run eval`): a colour
 * needs no room and little strength; a new subject needs a new outline; a new background goes around the subject, which
 * is found by its colour; looks concern every pixel; another motion cannot keep the old one.
 */
const decisions: Readonly<Record<'colour' | 'subject' | 'background' | 'look' | 'all' | 'motion', Decision>> = {
  colour: { method: 'diffedit', strength: 0.7, noised: true, keepShapes: true, maskBy: 'prompt' },
  subject: { method: 'diffedit', strength: 0.7, maskGrow: 1, maskBy: 'colour' },
  background: { method: 'diffedit', strength: 0.8, invertMask: true, maskBy: 'colour' },
  look: { method: 'sdedit', strength: 0.5 },
  all: { method: 'sdedit', strength: 0.9 },
  motion: { method: 'sdedit', strength: 0.95 },
};

/**
 * The plan that the options spell out, with plain defaults; for models whose captions cannot be told apart, and for named methods.
 *
 * @param canInvert whether the run's scheduler can be run backwards; without it a source's caption alone does not choose DiffEdit.
 */
export function planByOptions(options: EditVideoOptions, canInvert: boolean): EditPlan {
  const method = options.method ?? (options.sourcePrompt === undefined || !canInvert ? 'sdedit' : 'diffedit');
  return complete({ method, strength: DEFAULT_STRENGTH[method] }, undefined, options);
}

/** What is known besides the two captions. */
export interface Circumstances {
  /** Whether the run's scheduler can be run backwards; without it everything is done by SDEdit. */
  canInvert: boolean;
  /** Whether the model can tell where the subject is. */
  seesSubject: boolean;
  /** Whether the source's caption may be wrong: then nothing is redrawn by much. */
  inDoubt: boolean;
  /** Whether the prompt weighs its words, which another text would lose. */
  isWeighted: boolean;
}

/**
 * The plan that fits what the prompt changes.
 *
 * @param source the source's caption, as given or read.
 */
export function planByCaptions(vocabulary: CaptionVocabulary, source: string, prompt: string, options: EditVideoOptions, { canInvert, seesSubject, inDoubt, isWeighted }: Circumstances): EditPlan {
  const changes = differences(vocabulary, source, prompt);
  const decision: Decision = canInvert ? decide(changes) : { method: 'sdedit' as const, strength: DEFAULT_STRENGTH.sdedit };
  const careful: Decision = inDoubt && (decision.method === 'sdedit' || !seesSubject) ? { method: 'sdedit' as const, strength: Math.min(decision.strength, CAREFUL_STRENGTH) } : decision;
  const maskPrompt = decision.maskBy === 'colour' && !seesSubject ? inAnotherColour(vocabulary, source, prompt) : undefined;
  const bySubject = careful.maskBy !== undefined && seesSubject && options.maskPrompt === undefined && options.maskBy === undefined;
  const plan: EditPlan = { ...complete(careful, maskPrompt, { ...options, sourcePrompt: source }), ...(bySubject ? { maskBy: 'subject' as const } : {}), changes };
  const isolates = options.isolatedPrompt === undefined && plan.maskBy === 'subject' && plan.keepShapes && plan.noised && !plan.invertMask && !isWeighted;
  return isolates ? { ...plan, isolatedPrompt: beforePlainGray(vocabulary, prompt) } : plan;
}

/** What a prompt says of its subject alone, before plain gray; undefined where the vocabulary has no such background. */
export function beforePlainGray(vocabulary: CaptionVocabulary, prompt: string): string | undefined {
  return vocabulary.values.background?.[PLAIN_GRAY] ? vocabulary.with(prompt, 'background', PLAIN_GRAY) : undefined;
}

/** Categories in which the prompt says something else than the source's caption; `other` for words without a category. */
export function differences(vocabulary: CaptionVocabulary, source: string, prompt: string): string[] {
  const before = vocabulary.read(source);
  const after = vocabulary.read(prompt);
  const changed = [...after.parts.values()].filter(({ category, value }) => before.parts.get(category)?.value !== value).map(({ category }) => category);
  return after.otherWords.some((word) => !before.otherWords.includes(word)) ? [...changed, 'other'] : changed;
}

function decide(changes: readonly string[]): Decision {
  const only = (...categories: string[]) => changes.length > 0 && changes.every((category) => categories.includes(category));
  if (only('colour')) return decisions.colour;
  if (only('colour', 'subject')) return decisions.subject;
  if (only('background')) return decisions.background;
  if (changes.includes('motion') || changes.includes('camera') || changes.includes('size')) return decisions.motion;
  if (changes.includes('background') || changes.includes('subject')) return decisions.all;
  if (changes.includes('effect')) return decisions.look;
  return { method: 'sdedit', strength: changes.length === 0 ? CAREFUL_STRENGTH : DEFAULT_STRENGTH.sdedit };
}

/** The source's caption with its subject in a colour that neither it nor the prompt names. */
function inAnotherColour(vocabulary: CaptionVocabulary, source: string, prompt: string): string | undefined {
  const colours = Object.keys(vocabulary.values.colour ?? {});
  const colour = colours.find((name) => ![source, prompt].some((caption) => caption.toLowerCase().includes(name)));
  return colour && vocabulary.read(source).parts.has('subject') ? vocabulary.with(source, 'colour', colour) : undefined;
}

/** What was decided, except where the options say otherwise. */
function complete(decision: Decision, maskPrompt: string | undefined, options: EditVideoOptions): EditPlan {
  const method = options.method ?? decision.method;
  return {
    method,
    strength: options.strength ?? decision.strength,
    sourcePrompt: options.sourcePrompt,
    maskBy: options.maskBy ?? 'prompts',
    maskPrompt: options.maskPrompt ?? maskPrompt,
    noised: options.noised ?? decision.noised ?? false,
    isolatedPrompt: options.isolatedPrompt || undefined,
    invertMask: options.invertMask ?? decision.invertMask ?? false,
    maskGrow: options.maskGrow ?? decision.maskGrow ?? 1,
    keepPixels: options.keepPixels ?? method === 'diffedit',
    keepShapes: method === 'diffedit' && (options.keepShapes ?? decision.keepShapes ?? false),
  };
}
