import type { Json } from './modelFiles.js';

/** Ids of the tokens that mean no text. */
export interface SpecialTokens {
  /** Stands before the text. */
  readonly begin: number | undefined;
  /** Stands after it. */
  readonly end: number | undefined;
  /** Fills what is left. */
  readonly padding: number;
  /** Stands for what the vocabulary does not know, where that is a token of its own. */
  readonly unknown: number | undefined;
}

/** What CLIP's tokenizer of transformers takes where its files say nothing. */
export const clipMarks = {
  bos_token: '<|startoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
  pad_token: '<|endoftext|>',
} as const;

/**
 * The special tokens of a tokenizer.
 *
 * What stands around a text is said by the post-processor of `tokenizer.json` (BERT's `[CLS]` and `[SEP]`, T5's `</s>`), and
 * only where it has none by `bos_token` and `eos_token`.
 * @param json `tokenizer.json`.
 * @param special `special_tokens_map.json` and `tokenizer_config.json`.
 * @param vocab ids by token.
 */
export function specialTokens(json: Json, special: Json, vocab: Readonly<Record<string, number>>): SpecialTokens {
  const idOf = (...tokens: unknown[]) =>
    tokens
      .map(tokenText)
      .map((token) => (token !== undefined && Object.hasOwn(vocab, token) ? vocab[token] : undefined))
      .find((id) => id !== undefined);
  const framed = framing(json.post_processor);
  const begin = framed ? idOf(framed.begin) : idOf(special.bos_token, special.cls_token);
  const end = framed ? idOf(framed.end) : idOf(special.eos_token, special.sep_token);
  const unknown = idOf(special.unk_token, (json.model as Json | undefined)?.unk_token);
  const padding = idOf(special.pad_token, (json.padding as Json | null | undefined)?.pad_token, '[PAD]', '<pad>') ?? end ?? 0;
  return { begin, end, padding, unknown: unknown === end ? undefined : unknown };
}

/** The tokens that a post-processor puts around a text; undefined where there is none that does. */
function framing(processor: unknown): { begin: unknown; end: unknown } | undefined {
  const { type, single, cls, sep, processors } = (processor ?? {}) as {
    type?: string;
    single?: unknown;
    cls?: unknown[];
    sep?: unknown[];
    processors?: unknown[];
  };
  switch (type) {
    case 'TemplateProcessing': {
      const pieces = Array.isArray(single) ? (single as Record<string, Json | undefined>[]) : [];
      const text = pieces.findIndex((piece) => piece.Sequence !== undefined);
      const tokenIn = (part: typeof pieces) => part.find((piece) => piece.SpecialToken)?.SpecialToken?.id;
      return { begin: tokenIn(pieces.slice(0, Math.max(0, text))), end: tokenIn(pieces.slice(text + 1)) };
    }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { begin: cls?.[0], end: sep?.[0] };
    case 'Sequence':
      return (processors ?? []).map(framing).find((found) => found !== undefined);
    default:
      return undefined;
  }
}

/** Special tokens are given as text or as an object with a `content`. */
export function tokenText(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  if (token && typeof token === 'object' && 'content' in token && typeof token.content === 'string') return token.content;
  return undefined;
}

/** Ids by token: of the vocabulary, a table or a list of pieces with their scores, and of what was added to it. */
export function vocabularyOf(json: Json): Record<string, number> {
  const { vocab } = json.model as { vocab: Record<string, number> | [string, number][] };
  const added = (json.added_tokens ?? []) as { content: string; id: number }[];
  const own = Array.isArray(vocab) ? Object.fromEntries(vocab.map(([piece], id) => [piece, id])) : vocab;
  return { ...own, ...Object.fromEntries(added.map(({ content, id }) => [content, id])) };
}
