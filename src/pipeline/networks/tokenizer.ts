import { stat } from 'node:fs/promises';
import path from 'node:path';
import { clipTokenizerJson } from './clipTokenizer.js';
import { clipVocabulary } from './clipVocabulary.js';
import { tokenFields } from './configFields.js';
import { modelErrors } from './errors.js';
import { clipTokenizerFolder, type Json, readJson, readModelText } from './modelFiles.js';
import { locatePromptParts, type WeightedText } from './promptWeights.js';
import { SENTENCE_PIECE_FILE, sentencePieceTokenizerJson } from './sentencePiece.js';
import { clipMarks, type SpecialTokens, specialTokens, tokenText, vocabularyOf } from './specialTokens.js';
import { TokenizerCore } from './tokenizerCore.js';
import { checkTokenizerJson, checkVocabulary } from './tokenizerShape.js';

/** Tokens that CLIP takes, where nothing says how many. */
const CLIP_LENGTH = 77;

/** More tokens than any text encoder takes; files write 1e30 for "as many as you like". */
const MOST_TOKENS = 4096;

/** A prompt as the text encoder takes it. */
export interface TokenizedPrompt {
  /** Token ids with begin and end marks, padded: exactly {@link PromptTokenizer.length} of them. */
  ids: readonly number[];
  /** How many of them are marks and text; the rest is padding. */
  length: number;
  /** One weight a token; 1 for marks and padding. */
  weights: readonly number[];
  /** The tokens themselves, without padding, as the vocabulary spells them. */
  tokens: readonly string[];
  /** What did not fit and was left out, as text; empty for almost every prompt. */
  truncated: string;
  /** Words that the vocabulary does not know; always empty for byte-level vocabularies such as CLIP's. */
  unknownWords: readonly string[];
}

/** A word of a prompt and the tokens it became. */
export interface PromptWord {
  /** As typed, without weight marks. */
  readonly text: string;
  /** Positions in the encoded prompt (the start token is 0); none where the prompt was cut off before the word. */
  readonly tokens: readonly number[];
  /** Where it stands in the prompt: first character, and the one after the last. */
  readonly start: number;
  /** The character after the last. */
  readonly end: number;
}

/** Where a tokenizer lies. */
export interface TokenizerPlace {
  /** The folder that holds `tokenizer/`. */
  readonly folder: string;
  /** Special tokens in the place of its own, in the spelling of `tokenizer_config.json`. */
  readonly marks?: Json;
}

/** Turns prompts into token ids of a fixed length, as diffusers' pipelines do. */
export class PromptTokenizer {
  private constructor(
    private readonly core: TokenizerCore,
    private readonly marks: SpecialTokens,
    /** How many tokens the text encoder takes: 77 for CLIP. */
    readonly length: number,
    /** Every token of the vocabulary. */
    readonly vocabulary: readonly string[],
    /** Whether its marks are CLIP's. */
    readonly isClip: boolean,
  ) {}

  /**
   * @internal
   * Loads `tokenizer/` of a folder: `tokenizer.json`, T5's `spiece.model`, or CLIP's `vocab.json` and `merges.txt`.
   *
   * @param directory the folder, and special tokens in the place of its own.
   * @param length number of tokens that the text encoder's graph fixes, where it does.
   * @throws {FrameloomError} `FL_MODEL_FILE_MISSING`, `FL_MODEL_FILE`, `FL_MODEL_JSON`; `FL_MODEL_TOKENIZER` for one that fails,
   * or does not come to an end.
   */
  static async load({ folder: directory, marks: given }: TokenizerPlace, length: number | undefined): Promise<PromptTokenizer> {
    const config = (await readJson(directory, 'tokenizer/tokenizer_config.json', tokenFields)) ?? {};
    const listed: Json = { ...((await readJson(directory, 'tokenizer/special_tokens_map.json', tokenFields)) ?? {}), ...config, ...given };
    const whole = await readJson(directory, 'tokenizer/tokenizer.json');
    const folder = path.join(directory, 'tokenizer');
    const pieces = whole ? undefined : await fromSentencePieces(folder);
    const isPair = (whole ?? pieces) === undefined;
    const special = isPair ? { ...clipMarks, ...listed } : listed;
    const json = whole ?? pieces ?? (await fromVocabAndMerges(directory, special));
    const file = whole ? 'tokenizer.json' : pieces ? SENTENCE_PIECE_FILE : 'vocab.json';
    checkTokenizerJson(path.join(folder, file), json, isPair ? path.join(folder, 'merges.txt') : undefined);
    // Padding and truncation are done here, where the weights can follow.
    const core = TokenizerCore.make(folder, { ...json, padding: null, truncation: null }, config);
    const vocab = vocabularyOf(json);
    const marks = core.tried(() => specialTokens(json, special, vocab));
    const least = 1 + [marks.begin, marks.end].filter((mark) => mark !== undefined).length;
    const fits = (most: unknown): most is number => Number.isInteger(most) && (most as number) >= least && (most as number) <= MOST_TOKENS;
    if (length !== undefined && !fits(length)) throw modelErrors.badTokenizer(folder, `the text encoder beside it takes ${length} tokens`);
    const { truncation } = json as { truncation?: { max_length?: unknown } | null };
    return new PromptTokenizer(
      core,
      marks,
      [length, config.model_max_length, truncation?.max_length].find(fits) ?? CLIP_LENGTH,
      Object.keys(vocab),
      Object.hasOwn(vocab, clipMarks.bos_token),
    );
  }

  /** Ids, weights and tokens of a prompt; what does not fit is cut off and reported. */
  encode(parts: readonly WeightedText[]): TokenizedPrompt {
    return this.core.tried(() => this.encoded(parts));
  }

  private encoded(parts: readonly WeightedText[]): TokenizedPrompt {
    const { begin, end, padding, unknown } = this.marks;
    const ids: number[] = [];
    const weights: number[] = [];
    const tokens: string[] = [];
    for (const { text, weight } of parts) {
      const encoded = this.core.encode(text);
      for (const [at, id] of encoded.ids.entries()) {
        ids.push(id);
        tokens.push(encoded.tokens[at]!);
        weights.push(weight);
      }
    }
    const room = this.length - [begin, end].filter((mark) => mark !== undefined).length;
    const truncated = ids.length > room ? this.core.decode(ids.slice(room)) : '';
    const framed = [...(begin === undefined ? [] : [begin]), ...ids.slice(0, room), ...(end === undefined ? [] : [end])];
    const framedWeights = [...(begin === undefined ? [] : [1]), ...weights.slice(0, room), ...(end === undefined ? [] : [1])];
    const fill = this.length - framed.length;
    return {
      length: framed.length,
      ids: [...framed, ...Array<number>(fill).fill(padding)],
      weights: [...framedWeights, ...Array<number>(fill).fill(1)],
      tokens: tokens.slice(0, room),
      truncated,
      unknownWords: unknown === undefined ? [] : this.unknownWords(parts, unknown),
    };
  }

  /**
   * The words of a prompt and the tokens that each becomes: runs of letters and digits, with apostrophes and hyphens inside.
   * Marks of weights are no words, and punctuation belongs to none.
   */
  wordsOf(prompt: string): PromptWord[] {
    return this.core.tried(() => this.wordsIn(prompt));
  }

  private wordsIn(prompt: string): PromptWord[] {
    const room = this.length - (this.marks.end === undefined ? 0 : 1);
    const words: PromptWord[] = [];
    let before = this.marks.begin === undefined ? 0 : 1;
    for (const { text, places } of locatePromptParts(prompt)) {
      let full = before >= room;
      // Tokens are counted up to both ends of a word: a tokenizer may join what is encoded together. Behind what fits nothing is counted.
      const count = (end: number): number => {
        const tokens = full ? room : this.core.encode(text.slice(0, end).trimEnd()).ids.length;
        full ||= before + tokens >= room;
        return tokens;
      };
      for (const { 0: word, index } of text.matchAll(/[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu)) {
        const from = before + count(index);
        const to = Math.min(before + count(index + word.length), room);
        const tokens = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
        words.push({ text: word, tokens, start: places[index]!, end: places[index + word.length - 1]! + 1 });
      }
      before += before >= room ? 0 : this.core.encode(text).ids.length;
    }
    return words;
  }

  private unknownWords(parts: readonly WeightedText[], unknown: number): string[] {
    const words = parts.flatMap(({ text }) => text.split(/[\s,]+/)).filter(Boolean);
    // Letters of scripts that the tokenizer does not read leave no token at all.
    const isLost = (word: string) => {
      const { ids } = this.core.encode(word);
      return ids.includes(unknown) || (ids.length === 0 && /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
    };
    return [...new Set(words.filter(isLost))];
  }
}

/** What `spiece.model` stands for; undefined where there is none. */
async function fromSentencePieces(folder: string): Promise<Json | undefined> {
  const there = await stat(path.join(folder, SENTENCE_PIECE_FILE)).catch(() => undefined);
  return there ? sentencePieceTokenizerJson(folder) : undefined;
}

async function fromVocabAndMerges(directory: string, special: Json): Promise<Json> {
  const [vocabFile, mergesFile] = ['vocab.json', 'merges.txt'].map((name) => path.join(directory, 'tokenizer', name)) as [string, string];
  const merges = await readModelText(mergesFile);
  const vocab =
    (await readJson(directory, 'tokenizer/vocab.json')) ??
    (directory === clipTokenizerFolder() && merges !== undefined ? clipVocabulary(merges) : undefined);
  if (!vocab) throw modelErrors.missingFile(path.join(directory, 'tokenizer', 'tokenizer.json'));
  if (merges === undefined) throw modelErrors.missingFile(mergesFile);
  checkVocabulary(vocabFile, 'it', vocab);
  return clipTokenizerJson(vocab, merges, tokenText(special.unk_token) ?? clipMarks.unk_token);
}
