import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PromptTokenizer } from '../../src/pipeline/networks/tokenizer.js';
import { readIndex } from './referenceFile.js';

interface TokenizerIndex {
  cases: {
    text: string;
    /** All ids with begin and end marks, however many. */
    ids: number[];
    /** The same, padded and cut to 77. */
    fitted: number[];
  }[];
}

describe("tokenizer: CLIP's vocab.json and merges.txt are read as transformers reads them", () => {
  const { cases } = readIndex<TokenizerIndex>('tokenizer');
  let tokenizer: PromptTokenizer;

  before(async () => {
    tokenizer = await PromptTokenizer.load({ folder: join(__dirname, 'tiny-sd') }, undefined);
  });

  for (const { text, ids, fitted } of cases) {
    it(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text), () => {
      const encoded = tokenizer.encode([{ text, weight: 1 }]);
      assert.deepEqual([...encoded.ids], fitted);
      assert.equal(encoded.truncated !== '', ids.length > fitted.length, 'says whether something was left out');
    });
  }
});
