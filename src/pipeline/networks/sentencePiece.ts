import path from 'node:path';
import { FrameloomError } from '../core/index.js';
import { readSentencePieces, type SentencePieces } from '../onnx/index.js';
import { modelErrors } from './errors.js';
import type { Json } from './modelFiles.js';

/** Mark that stands for a space. */
const SPACE = '▁';

/** The file's name in folders of T5. */
export const SENTENCE_PIECE_FILE = 'spiece.model';

/**
 * The `tokenizer.json` that a SentencePiece model of pieces with scores stands for, as transformers' `T5Tokenizer` makes it of `spiece.model`: text is normalised, cut at
 * spaces, which become marks in front of words, and followed by the end mark.
 *
 * @param folder the tokenizer's.
 * @throws {FrameloomError} `FL_MODEL_TOKENIZER` for a file that is damaged, or of another kind than Unigram.
 */
export function sentencePieceTokenizerJson(folder: string): Json {
  const { pieces, kind, normalises } = readFrom(folder);
  if (kind !== 'unigram')
    throw modelErrors.badTokenizer(
      folder,
      `${SENTENCE_PIECE_FILE} is no model of pieces with scores (Unigram), the only kind that is read; add a tokenizer.json`,
    );
  const idOf = (wanted: string) => pieces.findIndex(({ type }) => type === wanted);
  const unknown = idOf('unknown');
  const end = pieces.findIndex(({ piece }) => piece === '</s>');
  if (unknown < 0 || end < 0)
    throw modelErrors.badTokenizer(folder, `${SENTENCE_PIECE_FILE} has no piece for the unknown, or no end mark </s>`);
  const special = pieces.flatMap(({ piece: content, type }, id) =>
    type === 'control' || type === 'unknown' ? [{ id, content, special: true }] : [],
  );
  return {
    version: '1.0',
    added_tokens: special.map((token) => ({ ...token, single_word: false, lstrip: false, rstrip: false, normalized: false })),
    // The library has the rules of every such file that was released (NFKC with exceptions) written into its code.
    normalizer: normalises ? { type: 'Precompiled', precompiled_charsmap: '' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: SPACE, prepend_scheme: 'always', split: true }],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [],
      special_tokens: { '</s>': { id: '</s>', ids: [end], tokens: ['</s>'] } },
    },
    decoder: { type: 'Metaspace', replacement: SPACE, prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: unknown, byte_fallback: false, vocab: pieces.map(({ piece, score }) => [piece, score]) },
  };
}

function readFrom(folder: string): SentencePieces {
  try {
    return readSentencePieces(path.join(folder, SENTENCE_PIECE_FILE));
  } catch (cause) {
    if (!(cause instanceof FrameloomError)) throw cause;
    throw modelErrors.badTokenizer(folder, `${SENTENCE_PIECE_FILE} is damaged or cannot be read`, cause);
  }
}
