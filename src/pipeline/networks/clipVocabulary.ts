import { clipMarks } from './specialTokens.js';

/**
 * The vocabulary that CLIP's list of merges stands for: letters for all bytes, the same at the end of a word, what each merge makes, and the two marks
 * (OpenAI's `simple_tokenizer.py`).
 *
 * @param merges the text of `merges.txt`.
 * @returns the number of each token.
 */
export function clipVocabulary(merges: string): Record<string, number> {
  const letters = byteLetters();
  const made = merges
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#version'))
    .map((line) => line.trim().replace(' ', ''));
  const tokens = [...letters, ...letters.map((letter) => `${letter}</w>`), ...made, clipMarks.bos_token, clipMarks.eos_token];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** A letter for every byte: itself where it can be seen, else one from 256 on. GPT-2's order: the visible ones come first. */
function byteLetters(): string[] {
  const visible = [
    [33, 126],
    [161, 172],
    [174, 255],
  ].flatMap(([from, to]) => Array.from({ length: to! - from! + 1 }, (_, i) => from! + i));
  const hidden = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !visible.includes(byte));
  return [...visible, ...hidden.map((_, i) => 256 + i)].map((code) => String.fromCodePoint(code));
}
