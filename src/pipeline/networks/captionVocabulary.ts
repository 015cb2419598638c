import type { OptionCheck } from '../core/index.js';
import { readJson } from './modelFiles.js';

/** A part of a caption whose meaning the model's vocabulary knows. */
export interface CaptionPart {
  /** What kind of thing it says: `subject`, `colour`, `background`, … */
  category: string;
  /** What it says, by the vocabulary's own name: "kitten" and "cat" are both `cat`. */
  value: string;
  /** Where it stands in the caption: first character, and the one after the last. */
  start: number;
  /** The character after the last. */
  end: number;
}

interface Word {
  text: string;
  start: number;
  end: number;
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text.length <= 1000);

/** What `vocabulary.json` holds. */
const vocabularyFields: Readonly<Record<string, OptionCheck>> = {
  order: (value) => (isTexts(value) ? undefined : 'a list of categories'),
  values: (value) =>
    isTable(value) && Object.values(value).every((meanings) => isTable(meanings) && Object.values(meanings).every(isTexts))
      ? undefined
      : 'lists of phrases by value, by category',
  synonyms: (value) => (isTable(value) && Object.values(value).every((word) => typeof word === 'string') ? undefined : 'words by word'),
};

/** Words that bind others and say nothing by themselves. */
const binding = new Set([
  'a',
  'an',
  'the',
  'of',
  'in',
  'on',
  'at',
  'to',
  'with',
  'and',
  'under',
  'over',
  'by',
  ',',
  'background',
  'camera',
  'video',
  'clip',
  'animation',
  'picture',
  'photo',
  'image',
]);

/**
 * What the captions of a closed model are made of: `vocabulary.json` beside its parts, which says what each phrase means.
 *
 * With it a program can tell what two captions differ in, and put another colour or place into a caption. Models without
 * the file (Stable Diffusion takes any text) do without.
 */
export class CaptionVocabulary {
  private readonly phrases = new Map<string, { category: string; value: string }>();
  /** Words that stand in phrases of one meaning only, and so say it by themselves. */
  private readonly telling = new Map<string, { category: string; value: string } | undefined>();
  private readonly longest: number;

  private constructor(
    /** Categories in the order in which captions name them. */
    readonly order: readonly string[],
    /** Phrases by category and value; the first is the usual one. */
    readonly values: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
    private readonly synonyms: Readonly<Record<string, string>>,
  ) {
    for (const [category, meanings] of Object.entries(values)) {
      for (const [value, phrases] of Object.entries(meanings)) for (const phrase of phrases) this.learn(phrase, category, value);
    }
    this.longest = [...this.phrases.keys()].reduce((most, phrase) => Math.max(most, phrase.split(' ').length), 0);
  }

  /** @internal Reads `vocabulary.json` of a model directory; undefined where there is none. @throws {FrameloomError} `FL_MODEL_JSON`, `FL_MODEL_FILE`. */
  static async load(directory: string): Promise<CaptionVocabulary | undefined> {
    const json = await readJson(directory, 'vocabulary.json', vocabularyFields);
    if (!json) return undefined;
    const {
      order = [],
      values = {},
      synonyms = {},
    } = json as { order?: string[]; values?: Record<string, Record<string, string[]>>; synonyms?: Record<string, string> };
    return new CaptionVocabulary(order, values, synonyms);
  }

  /** The parts of a caption that it knows, the first of each category, and the words that mean nothing to it. */
  read(caption: string): { parts: Map<string, CaptionPart>; otherWords: string[] } {
    const words = this.words(caption);
    const parts = new Map<string, CaptionPart>();
    const otherWords: string[] = [];
    for (let at = 0; at < words.length;) {
      const { length, meaning } = this.meaningAt(words, at);
      if (meaning && !parts.has(meaning.category))
        parts.set(meaning.category, { ...meaning, start: words[at]!.start, end: words[at + length - 1]!.end });
      else if (!meaning && !binding.has(words[at]!.text)) otherWords.push(words[at]!.text);
      at += length;
    }
    return { parts, otherWords };
  }

  /** The caption with another value of a category: in the place of the one it names, or where such a part belongs. */
  with(caption: string, category: string, value: string): string {
    const phrase = this.values[category]![value]![0]!;
    const { parts } = this.read(caption);
    const there = parts.get(category);
    if (there) return withArticle(caption.slice(0, there.start) + phrase + caption.slice(there.end));
    const place = this.order.indexOf(category);
    const preceding = this.order.slice(0, place).flatMap((name) => parts.get(name)?.end ?? []);
    const following = this.order.slice(place + 1).flatMap((name) => parts.get(name)?.start ?? []);
    const cut = preceding.length > 0 ? Math.max(...preceding) : following.length > 0 ? Math.min(...following) : caption.length;
    const [before, after] = [caption.slice(0, cut), caption.slice(cut)];
    return withArticle([before.trim(), phrase, after.trim()].filter(Boolean).join(' ')).replaceAll(' ,', ',');
  }

  /** The caption without what it says of a category. */
  without(caption: string, category: string): string {
    const there = this.read(caption).parts.get(category);
    if (!there) return caption;
    const before = caption.slice(0, there.start).replace(/[\s,]+$/, '');
    return withArticle([before, caption.slice(there.end).trim()].filter(Boolean).join(' ')).replaceAll(' ,', ',');
  }

  /** What the caption says of some categories, in the usual phrases and in its own order; empty where it says nothing of them. */
  only(caption: string, categories: readonly string[]): string {
    const parts = [...this.read(caption).parts.values()].filter(({ category }) => categories.includes(category));
    return parts.map(({ category, value }) => this.values[category]![value]![0]!).join(', ');
  }

  private learn(phrase: string, category: string, value: string): void {
    const words = this.words(phrase).map(({ text }) => text);
    this.phrases.set(words.join(' '), { category, value });
    for (const word of words) {
      const known = this.telling.get(word);
      const clear = !this.telling.has(word) || (known?.category === category && known.value === value);
      this.telling.set(word, clear ? { category, value } : undefined);
    }
  }

  private meaningAt(words: readonly Word[], at: number): { length: number; meaning: { category: string; value: string } | undefined } {
    for (let length = Math.min(this.longest, words.length - at); length > 0; length--) {
      const meaning = this.phrases.get(
        words
          .slice(at, at + length)
          .map(({ text }) => text)
          .join(' '),
      );
      if (meaning) return { length, meaning };
    }
    const { text } = words[at]!;
    return { length: 1, meaning: binding.has(text) ? undefined : this.telling.get(text) };
  }

  private words(text: string): Word[] {
    return [...text.toLowerCase().matchAll(/[a-z0-9]+|,/g)].map(({ 0: word, index }) => ({
      text: Object.hasOwn(this.synonyms, word) ? this.synonyms[word]! : word,
      start: index,
      end: index + word.length,
    }));
  }
}

/** The caption with "a" or "an" as its first noun phrase asks for. */
function withArticle(caption: string): string {
  return caption.replace(/^(an?) (?=(\w))/i, (_, article: string, next: string) => `${article[0]}${/[aeio]/i.test(next) ? 'n' : ''} `);
}
