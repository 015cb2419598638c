import { ByteSource, type ByteRange } from './byteSource.js';
import { WireReader } from './wireReader.js';

/** A piece of text that is a token. */
export interface SentencePiece {
  /** Its text, with a mark where words begin. */
  readonly piece: string;
  /** Logarithm of how likely it is. */
  readonly score: number;
  /** What it stands for: text, or nothing that is written. */
  readonly type: 'text' | 'unknown' | 'control';
}

/** What a SentencePiece model's file holds, as far as it is read here. */
export interface SentencePieces {
  /** By their ids. */
  readonly pieces: readonly SentencePiece[];
  /** Whether it brings rules by which characters become others before text is cut. */
  readonly normalises: boolean;
  /** How pieces are chosen. */
  readonly kind: 'unigram' | 'other';
}

/** More pieces than any vocabulary has. */
const MOST_PIECES = 1_000_000;

/** The kinds of pieces that are not text, by their numbers. */
const types: Readonly<Record<number, SentencePiece['type']>> = { 2: 'unknown', 3: 'control' };

/** Number of the kind whose pieces have scores, which is that of files that do not say. */
const UNIGRAM = 1;

/**
 * Reads a SentencePiece model, a protobuf message like an ONNX model (`sentencepiece_model.proto`): its pieces (field 1), of the trainer's settings (field 2) the kind
 * of model (field 3), and of those of the normaliser (field 3) whether there are rules (field 2).
 *
 * @throws {FrameloomError} `FL_ONNX_READ`, `FL_ONNX_MALFORMED`.
 */
export function readSentencePieces(file: string): SentencePieces {
  return ByteSource.use(file, (source) => {
    const reader = new WireReader(source);
    const pieces: SentencePiece[] = [];
    let [kind, normalises] = [UNIGRAM, false];
    for (const field of reader.fields({ start: 0, end: source.size })) {
      if (field.number === 1) pieces.push(readPiece(reader, reader.payload(field)));
      const settings = field.number === 2 || field.number === 3 ? reader.fields(reader.payload(field)) : [];
      for (const setting of settings) {
        if (field.number === 2 && setting.number === 3) kind = reader.integer(setting);
        if (field.number === 3 && setting.number === 2) normalises = setting.value.end > setting.value.start;
      }
      if (pieces.length > MOST_PIECES) throw reader.malformed(field.whole.start, `it has more than ${MOST_PIECES} pieces`);
    }
    return { pieces, normalises, kind: kind === UNIGRAM ? 'unigram' : 'other' };
  });
}

function readPiece(reader: WireReader, body: ByteRange): SentencePiece {
  let [piece, score, type] = ['', 0, 1];
  for (const field of reader.fields(body)) {
    if (field.number === 1) piece = reader.string(field);
    else if (field.number === 2) score = reader.float(field);
    else if (field.number === 3) type = reader.integer(field);
  }
  return { piece, score, type: types[type] ?? 'text' };
}
