import { modelErrors } from './errors.js';
import type { Json } from './modelFiles.js';

/** Above any id of a token: the largest vocabularies have a quarter of a million. */
const MOST_IDS = 10_000_000;

const isTable = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isId = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) < MOST_IDS;

/**
 * Checks what is read of a `tokenizer.json` here: the vocabulary, what was added to it, and the merges of byte pairs. The rest
 * is the tokenizer library's, which is tried out.
 *
 * @param file it was read from, for messages.
 * @param mergesFile where the merges come from, where they have a file of their own.
 * @throws {FrameloomError} `FL_MODEL_JSON` naming the field.
 */
export function checkTokenizerJson(file: string, json: Json, mergesFile = file): void {
  const { model, added_tokens: added } = json;
  if (!isTable(model)) throw modelErrors.badField(file, 'model', model, 'an object with a vocabulary');
  const { vocab, merges } = model;
  if (Array.isArray(vocab)) {
    if (!vocab.every((piece) => Array.isArray(piece) && typeof piece[0] === 'string' && typeof piece[1] === 'number'))
      throw modelErrors.badField(file, 'model.vocab', vocab, 'a list of pieces with their scores');
  } else checkVocabulary(file, 'model.vocab', vocab);
  const isMerge = (pair: unknown): boolean =>
    typeof pair === 'string'
      ? pair.split(' ').length === 2
      : Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  if (merges !== undefined && merges !== null && !(Array.isArray(merges) && merges.every(isMerge)))
    throw modelErrors.badField(mergesFile, mergesFile === file ? 'model.merges' : 'it', merges, 'a list of pairs, two words on every line');
  const isAdded = (token: unknown): boolean =>
    isTable(token) && typeof token.content === 'string' && token.content !== '' && isId(token.id);
  if (added !== undefined && added !== null && !(Array.isArray(added) && added.every(isAdded)))
    throw modelErrors.badField(file, 'added_tokens', added, 'a list of tokens, each with its content and its id');
}

/** @throws {FrameloomError} `FL_MODEL_JSON` unless every word has an id. */
export function checkVocabulary(file: string, field: string, vocab: unknown): asserts vocab is Readonly<Record<string, number>> {
  if (!isTable(vocab) || Object.keys(vocab).length === 0)
    throw modelErrors.badField(file, field, vocab, 'an object with the id of every token');
  for (const [token, id] of Object.entries(vocab))
    if (!isId(id))
      throw modelErrors.badField(file, `${field}[${JSON.stringify(token.slice(0, 60))}]`, id, `a whole number from 0 to ${MOST_IDS - 1}`);
}
