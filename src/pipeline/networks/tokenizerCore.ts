import { Tokenizer } from '@huggingface/tokenizers';
import { FrameloomError, TimeLimitError, withinProcessorTime } from '../core/index.js';
import { modelErrors } from './errors.js';
import type { Json } from './modelFiles.js';

/** What a tokenizer may take for one prompt; usual ones take milliseconds. */
const PATIENCE_MS = 5000;

/** What a file may make of a text: so many tokens a character, at most. */
const MOST_TOKENS_A_CHARACTER = 64;

/**
 * The tokenizer library behind a fence. What it does is written in a model's files, regular expressions included, which can
 * try more ways than there are seconds; and what it makes of a file that is no good, it finds out while it runs.
 */
export class TokenizerCore {
  private constructor(
    private readonly folder: string,
    private readonly core: Tokenizer,
  ) {}

  /**
   * Makes the tokenizer that a `tokenizer.json` describes and tries it out.
   *
   * @param folder that it comes from, for messages.
   * @throws {FrameloomError} `FL_MODEL_TOKENIZER`
   */
  static make(folder: string, json: Json, config: Json): TokenizerCore {
    const made = tried(folder, () => new TokenizerCore(folder, new Tokenizer(json, config)));
    made.tried(() => made.encode('a photo of an astronaut, 2 dogs'));
    return made;
  }

  /** Does something with it in bounded time. @throws {FrameloomError} `FL_MODEL_TOKENIZER` */
  tried<T>(run: () => T): T {
    return tried(this.folder, run);
  }

  /** Ids and tokens of a text, without marks; to be called within {@link tried}. */
  encode(text: string): { ids: readonly number[]; tokens: readonly string[] } {
    const { ids, tokens } = this.core.encode(text, { add_special_tokens: false });
    const fits = Array.isArray(ids) && ids.length <= 64 + MOST_TOKENS_A_CHARACTER * text.length && tokens.length === ids.length;
    if (!fits || !ids.every((id) => Number.isInteger(id) && id >= 0))
      throw new Error(`it makes no token ids of ${JSON.stringify(text.slice(0, 60))}`);
    return { ids, tokens };
  }

  /** The text that ids stand for; to be called within {@link tried}. */
  decode(ids: readonly number[]): string {
    return this.core.decode([...ids]);
  }
}

function tried<T>(folder: string, run: () => T): T {
  try {
    return withinProcessorTime(PATIENCE_MS, run);
  } catch (error) {
    if (error instanceof TimeLimitError)
      throw modelErrors.badTokenizer(
        folder,
        `it did not come to an end within ${PATIENCE_MS / 1000} s, as regular expressions that try too many ways do`,
        error,
      );
    if (error instanceof FrameloomError) throw error;
    throw modelErrors.badTokenizer(folder, (error instanceof Error ? error.message : String(error)).slice(0, 300), error);
  }
}
