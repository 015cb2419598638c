import { closeSync, openSync, readSync } from 'node:fs';

/** What a caption needs to know of one face of a font file. */
export interface FontFace {
  /** The family's name, as SVG's `font-family` asks for it. */
  readonly family: string;
  /** The style's name: `Regular`, `Bold`, `Condensed Oblique`, … */
  readonly style: string;
  /** Width of a character in ems; undefined where the face has none for it. */
  advance(codePoint: number): number | undefined;
}

/** Tables that are read; larger ones than this are no font's. */
const LARGEST_TABLE = 16 * 2 ** 20;
const MOST_FACES = 64;

/**
 * Reads the faces of a TrueType or OpenType file (`.ttf`, `.otf`, `.ttc`), as far as setting a line of text needs them: names,
 * the map from characters to glyphs (`cmap`, formats 4 and 12) and the advance widths (`hmtx`).
 * (https://learn.microsoft.com/typography/opentype/spec/otff)
 *
 * @returns only faces that have outlines: fonts of colour bitmaps alone cannot be drawn as shapes. Nothing for a file that is no font.
 */
export function readFontFaces(file: string): FontFace[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const at = (offset: number, length: number): DataView => {
      if (length > LARGEST_TABLE) throw new RangeError('a table is too large');
      const bytes = Buffer.alloc(length);
      const count = readSync(descriptor, bytes, 0, length, offset);
      return new DataView(bytes.buffer, bytes.byteOffset, count);
    };
    return faceOffsets(at).flatMap((offset) => readFace(at, offset) ?? []);
  } catch {
    return []; // cut short or damaged
  } finally {
    closeSync(descriptor);
  }
}

type Reader = (offset: number, length: number) => DataView;

function faceOffsets(at: Reader): number[] {
  if (at(0, 4).getUint32(0) !== 0x74746366 /* ttcf */) return [0];
  const count = Math.min(MOST_FACES, at(8, 4).getUint32(0));
  const offsets = at(12, count * 4);
  return Array.from({ length: count }, (_, i) => offsets.getUint32(i * 4));
}

function readFace(at: Reader, offset: number): FontFace | undefined {
  const kind = at(offset, 6);
  if (![0x00010000, 0x4f54544f, 0x74727565].includes(kind.getUint32(0))) return undefined;
  const count = kind.getUint16(4);
  const directory = at(offset + 12, count * 16);
  const tables = new Map<string, { offset: number; length: number }>();
  for (let i = 0; i < count; i++) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => directory.getUint8(i * 16 + byte)));
    tables.set(tag, { offset: directory.getUint32(i * 16 + 8), length: directory.getUint32(i * 16 + 12) });
  }
  const table = (tag: string): DataView | undefined => {
    const place = tables.get(tag);
    return place && at(place.offset, place.length);
  };
  if (!tables.has('glyf') && !tables.has('CFF ') && !tables.has('CFF2')) return undefined;
  const [head, hhea, hmtx, cmap, name] = [table('head'), table('hhea'), table('hmtx'), table('cmap'), table('name')];
  if (!head || !hhea || !hmtx || !cmap || !name) return undefined;
  const em = head.getUint16(18);
  const widths = hhea.getUint16(34);
  const glyphOf = glyphMap(cmap);
  const names = readNames(name);
  return {
    family: names.get(1) ?? '',
    style: names.get(17) ?? names.get(2) ?? '',
    advance(codePoint) {
      const glyph = glyphOf(codePoint);
      return glyph === 0 ? undefined : hmtx.getUint16(Math.min(glyph, widths - 1) * 4) / em;
    },
  };
}

/** From characters to glyphs; 0 is no glyph. */
function glyphMap(cmap: DataView): (codePoint: number) => number {
  const subtables = Array.from({ length: cmap.getUint16(2) }, (_, i) => cmap.getUint32(4 + i * 8 + 4));
  const all = subtables.find((offset) => cmap.getUint16(offset) === 12);
  if (all !== undefined) return (codePoint) => glyphInGroups(cmap, all, codePoint);
  const basic = subtables.find((offset) => cmap.getUint16(offset) === 4);
  return basic === undefined ? () => 0 : (codePoint) => (codePoint > 0xffff ? 0 : glyphInSegments(cmap, basic, codePoint));
}

/** Format 12: sorted groups of consecutive characters. */
function glyphInGroups(cmap: DataView, offset: number, codePoint: number): number {
  let [low, high] = [0, cmap.getUint32(offset + 12) - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const group = offset + 16 + middle * 12;
    if (codePoint < cmap.getUint32(group)) high = middle - 1;
    else if (codePoint > cmap.getUint32(group + 4)) low = middle + 1;
    else return cmap.getUint32(group + 8) + codePoint - cmap.getUint32(group);
  }
  return 0;
}

/** Format 4: sorted segments, each with a distance to its glyphs or a list of them. */
function glyphInSegments(cmap: DataView, offset: number, codePoint: number): number {
  const doubled = cmap.getUint16(offset + 6);
  const ends = offset + 14;
  const starts = ends + doubled + 2;
  for (let i = 0; i < doubled; i += 2) {
    if (codePoint > cmap.getUint16(ends + i)) continue;
    const start = cmap.getUint16(starts + i);
    if (codePoint < start) return 0;
    const distance = cmap.getUint16(starts + doubled + i);
    const rangeAt = starts + 2 * doubled + i;
    const range = cmap.getUint16(rangeAt);
    if (range === 0) return (codePoint + distance) & 0xffff;
    const glyph = cmap.getUint16(rangeAt + range + (codePoint - start) * 2);
    return glyph === 0 ? 0 : (glyph + distance) & 0xffff;
  }
  return 0;
}

/** The names by their number; English ones where there are several. */
function readNames(table: DataView): Map<number, string> {
  const names = new Map<number, string>();
  const strings = table.getUint16(4);
  for (let i = 0; i < table.getUint16(2); i++) {
    const record = 6 + i * 12;
    const [platform, language, id] = [table.getUint16(record), table.getUint16(record + 4), table.getUint16(record + 6)];
    if (platform !== 3 || (names.has(id) && language !== 0x409)) continue;
    const from = strings + table.getUint16(record + 10);
    const units = Array.from({ length: table.getUint16(record + 8) / 2 }, (_, unit) => table.getUint16(from + unit * 2));
    names.set(id, String.fromCharCode(...units));
  }
  return names;
}
