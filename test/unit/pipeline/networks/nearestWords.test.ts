import assert from 'node:assert/strict';
import { nearestWords } from '../../../../src/pipeline/networks/nearestWords.js';

const vocabulary = ['car', 'cat', 'green', 'purple', 'on', 'in', 'a', 'meadow', 'rocket', 'spinning', 'star</w>'];

describe('nearest words: what a word may be a misspelling of', () => {
  for (const [word, near] of [
    ['purpel', ['purple']],
    ['Grene', ['green']],
    ['kat', ['cat']],
    ['rockets', ['rocket']],
    ['spining', ['spinning']],
  ] as const)
    it(`${word}: ${near.join(', ')}`, () => assert.deepEqual(nearestWords(word, vocabulary, 3), near));

  for (const word of ['слон', 'в', '象', 'zebra', 'lion', '🚗', 'xyzzy', '', '1234'])
    it(`nothing is near ${JSON.stringify(word)}`, () => assert.deepEqual(nearestWords(word, vocabulary, 3), []));
});
