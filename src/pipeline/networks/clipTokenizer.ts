import type { Json } from './modelFiles.js';

/**
 * The `tokenizer.json` that CLIP's older pair `vocab.json` + `merges.txt` stands for.
 *
 * CLIP's byte-level BPE: lower case, one split pattern, `</w>` at the end of a word
 * (Radford et al. 2021; the same settings as transformers' CLIPTokenizer).
 */
export function clipTokenizerJson(vocab: Json, merges: string, unknownToken: string): Json {
  const pairs = merges
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#version'))
    .map((line) => line.trim().split(' '));
  return {
    version: '1.0',
    added_tokens: Object.entries(vocab)
      .filter(([content]) => /^<\|.*\|>$/.test(content))
      .map(([content, id]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknownToken,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: pairs,
    },
  };
}
