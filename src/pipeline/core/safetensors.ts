import { open } from 'node:fs/promises';
import { nestsDeeper, requirePlainFile } from './foreignFile.js';

/*
 * The file format of Hugging Face's safetensors: 8 bytes with the header's length (little-endian), a JSON header that names
 * every tensor with type, shape and place, then the tensors' bytes without gaps. Files come from anywhere, so nothing that
 * stands in the header is believed, and nothing is allocated by what it says.
 */

/** Bytes of one value, by the name that the format gives to its type. */
export const safetensorsTypes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** The type of a tensor's values. */
export type SafetensorsType = keyof typeof safetensorsTypes;

/** A tensor that lies in a file. */
export interface SafetensorsEntry<Type extends SafetensorsType = SafetensorsType> {
  /** Path of the file. */
  readonly file: string;
  /** How its values are stored, little-endian and row-major. */
  readonly type: Type;
  /** Length of each axis; none for a single number. */
  readonly dims: readonly number[];
  /** Where in the file its bytes begin. */
  readonly offset: number;
  /** How many bytes it has. */
  readonly byteLength: number;
}

/** What a file's header says. */
export interface SafetensorsHeader<Type extends SafetensorsType = SafetensorsType> {
  /** By name, in the header's order. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry<Type>>;
  /** Free words that whoever wrote the file left in it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Size of the file in bytes, and when it was last changed (milliseconds): whether it is still the same one. */
  readonly version: { readonly size: number; readonly modified: number };
}

/** Why a file is no whole safetensors file, in a phrase: `its tensors overlap or leave gaps`. */
export class SafetensorsProblem extends Error {
  /** @param phrase goes on from the file's name and a colon; it names the tensor, where one is to blame. */
  constructor(
    readonly phrase: string,
    options?: ErrorOptions,
  ) {
    super(phrase, options);
    this.name = 'SafetensorsProblem';
  }
}

/** Longest header that is read; names of a hundred thousand tensors fit. */
const LONGEST_HEADER = 16 << 20;

/** Characters of a tensor's name; those of models have a tenth of it. Longer ones take for ever where a name is looked up part by part. */
const LONGEST_NAME = 2000;

/** Axes of a tensor; convolutions over clips have five. */
const MOST_AXES = 8;

/**
 * Reads the header of a file; the tensors' bytes stay where they are. Types, shapes and places are checked, without gap or
 * overlap, up to the last byte.
 *
 * @param types those that the caller can use; others are refused.
 * @throws {SafetensorsProblem} for a file that is damaged, or not of this format; {@link ForeignFileProblem} for one that cannot be read.
 */
export async function readSafetensorsHeader<Type extends SafetensorsType = SafetensorsType>(
  path: string,
  types = Object.keys(safetensorsTypes) as Type[],
): Promise<SafetensorsHeader<Type>> {
  const { size, mtimeMs } = await requirePlainFile(path);
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    const length = size < 8 ? 0n : start.readBigUInt64LE();
    if (length < 2n || length > BigInt(Math.min(LONGEST_HEADER, size - 8)))
      throw new SafetensorsProblem(`its header claims ${length} bytes of ${size}`);
    const header = Buffer.alloc(Number(length));
    const { bytesRead } = await file.read(header, 0, header.length, 8);
    if (bytesRead < header.length) throw new SafetensorsProblem('it ends within its header');
    const json = parseHeader(header);
    return {
      tensors: entriesOf(path, json, types, 8 + header.length, size),
      metadata: metadataOf(json),
      version: { size, modified: mtimeMs },
    };
  } finally {
    await file.close();
  }
}

function parseHeader(header: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch (cause) {
    throw new SafetensorsProblem('its header is not JSON', { cause });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && !nestsDeeper(parsed, MOST_AXES))
    return parsed as Record<string, unknown>;
  throw new SafetensorsProblem('its header is not an object that names tensors');
}

function entriesOf<Type extends SafetensorsType>(
  file: string,
  header: Record<string, unknown>,
  types: readonly Type[],
  dataStart: number,
  size: number,
): Map<string, SafetensorsEntry<Type>> {
  const tensors = new Map<string, SafetensorsEntry<Type>>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    const fail = (problem: string) => new SafetensorsProblem(`tensor ${shortName(name)} ${problem}`);
    if (name.length > LONGEST_NAME) throw fail(`has a name of ${name.length} characters, and at most ${LONGEST_NAME} are read`);
    if (!types.includes(dtype as Type))
      throw fail(
        `has the type ${typeof dtype === 'string' ? JSON.stringify(dtype.slice(0, 20)) : 'without a name'}, and only ${types.join(', ')} are read`,
      );
    if (!Array.isArray(shape) || shape.length > MOST_AXES || !areCounts(shape)) throw fail('has no shape');
    if (!Array.isArray(offsets) || offsets.length !== 2 || !areCounts(offsets)) throw fail('has no place in the file');
    const [begin, end] = offsets as [number, number];
    if (safetensorsByteLength(dtype as Type, shape) !== end - begin)
      throw fail(`of shape [${shape.join(', ')}] cannot take ${end - begin} bytes`);
    if (dataStart + end > size) throw fail(`ends at byte ${dataStart + end} of a file of ${size}`);
    tensors.set(name, { file, type: dtype as Type, dims: shape, offset: dataStart + begin, byteLength: end - begin });
  }
  let covered = dataStart;
  for (const { offset, byteLength } of [...tensors.values()].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (offset !== covered) throw new SafetensorsProblem(`its tensors overlap or leave gaps, first at ${nameAt(tensors, offset)}`);
    covered += byteLength;
  }
  if (covered !== size) throw new SafetensorsProblem(`it has ${size} bytes, but its tensors end at ${covered}`);
  return tensors;
}

function metadataOf({ __metadata__: metadata }: Record<string, unknown>): Record<string, string> {
  const entries = typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Bytes that a tensor of this type and shape takes. */
export function safetensorsByteLength(type: SafetensorsType, dims: readonly number[]): number {
  return dims.reduce((product, length) => product * length, safetensorsTypes[type]);
}

/** A tensor's name in a message: never long, whatever the file holds. */
export function shortName(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

function nameAt(tensors: ReadonlyMap<string, SafetensorsEntry>, at: number): string {
  const [name = ''] = [...tensors].find(([, { offset }]) => offset === at) ?? [];
  return shortName(name);
}

/** Whole numbers from 0 on that are exact. */
function areCounts(value: readonly unknown[]): value is readonly number[] {
  return value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}
