import type { CaptionVocabulary, Interrogator } from '../networks/index.js';
import type { Frame } from '../core/index.js';

/** What a source shows, as far as the prompt asks, and how sure that is. */
export interface SourceReading {
  /** The prompt, with its background, effect, colour and subject as the source shows them. */
  caption: string;
  /** By category, what was read of that which the prompt names: the value, or '' for one that captions leave unsaid. The rest of the caption is the prompt's. */
  seen: ReadonlyMap<string, string>;
  /** Probability, 0…1, of the least sure of them; 1 where the prompt names none. */
  confidence: number;
  /** Probability, 0…1, that the clip is of the kind that the model was trained on. */
  known: number;
}

/** Frames looked at, as shares of the window. */
const GLANCES = [0.1, 0.35, 0.6, 0.85];

/**
 * Reads a source's caption: the prompt, with what it names of the picture as the model's interrogator sees it in the source.
 *
 * Single frames are looked at, so motion and camera are taken to be what the prompt says, and so is the size. What the
 * prompt does not name is not asked for.
 *
 * @param frames of the source's first window.
 * @param prompt without weights.
 * @param benefitOfDoubt as {@link EditingAdvice.benefitOfDoubt}.
 */
export async function readSource(
  interrogator: Interrogator,
  vocabulary: CaptionVocabulary,
  frames: readonly Frame[],
  prompt: string,
  benefitOfDoubt: number,
): Promise<SourceReading> {
  const seen = [...new Set(GLANCES.map((share) => Math.floor(share * (frames.length - 1))))].map((index) => frames[index]!);
  const { answers, known } = await interrogator.read(seen);
  const hidden = new Set(
    [...answers].flatMap(([category, probabilities]) => interrogator.hides[category]?.[likeliestOf(probabilities)[0]] ?? []),
  );
  let caption = prompt;
  let doubtful = prompt;
  let confidence = 1;
  const read = new Map<string, string>();
  for (const [category, probabilities] of answers) {
    const named = vocabulary.read(prompt).parts.get(category)?.value;
    if (named === undefined || hidden.has(category)) continue;
    const [likeliest, probability] = likeliestOf(probabilities);
    confidence = Math.min(confidence, probability);
    read.set(category, named);
    if (likeliest === named || (probabilities.get(named) ?? 0) >= benefitOfDoubt) continue;
    if (category === 'colour' && likeliest === '' && likeliestOf(said(probabilities))[0] === named) continue;
    read.set(category, likeliest);
    const put = (into: string) => (likeliest === '' ? vocabulary.without(into, category) : vocabulary.with(into, category, likeliest));
    doubtful = put(doubtful);
    // What is not sure is taken to be as the prompt says, so that it stays as it is.
    if (probability >= interrogator.believedFrom) caption = put(caption);
  }
  // Who asks for an edit wants something to change: without any difference, the doubt was misplaced.
  return { caption: caption === prompt ? doubtful : caption, seen: read, confidence, known };
}

/** The answers that captions name. A car that has its natural colour may be red by nature: the likeliest of these says so. */
function said(probabilities: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...probabilities].filter(([value]) => value !== ''));
}

function likeliestOf(probabilities: ReadonlyMap<string, number>): readonly [value: string, probability: number] {
  return [...probabilities].reduce((best, answer) => (answer[1] > best[1] ? answer : best));
}
