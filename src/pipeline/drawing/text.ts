import { type Font, fontFor, plainFont } from './fonts.js';

/** Characters beside each other that one font writes. */
export interface TextRun {
  readonly text: string;
  readonly font: Font;
  /** Ems. */
  readonly width: number;
}

/** Joiners and selectors between parts of emoji, marks of direction: they have no picture of their own. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Emoji_Modifier}/u;
/** What a missing font is called for a reader. */
const SCRIPTS = [
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Bengali',
  'Tamil',
  'Telugu',
  'Thai',
  'Georgian',
  'Armenian',
  'Ethiopic',
  'Khmer',
].map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'u') }));

/**
 * A line of text as runs, each in a font that has all of it. Where no font has the characters, the line says so in their place:
 * `[Han: no font]`.
 */
export function runsOf(text: string, bold = false): TextRun[] {
  const runs: { text: string; font: Font; width: number }[] = [];
  const add = (part: string, font: Font): void => {
    const width = [...part].reduce((sum, character) => sum + (font.face.advance(character.codePointAt(0)!) ?? 0), 0);
    const last = runs.at(-1);
    if (last?.font === font) Object.assign(last, { text: last.text + part, width: last.width + width });
    else runs.push({ text: part, font, width });
  };
  let missing = '';
  const sayMissing = (): void => {
    if (missing) add(`[${missing}: no font]`, fontFor('a', bold) ?? plainFont());
    missing = '';
  };
  for (const character of text.replace(/\s+/gu, (space) => ' '.repeat(space.length)).normalize('NFC')) {
    if (INVISIBLE.test(character)) continue;
    const last = runs.at(-1)?.font;
    // A blank between two words of one script belongs to them.
    const font = character === ' ' && last && last.face.advance(32) !== undefined && !missing ? last : fontFor(character, bold);
    if (font) {
      sayMissing();
      add(character, font);
    } else {
      const script = scriptOf(character);
      if (missing !== script) sayMissing();
      missing = script;
    }
  }
  sayMissing();
  return runs;
}

/** How wide a text of this size is, in the units of the size. */
export function widthOf(text: string, size: number, bold = false): number {
  return runsOf(text, bold).reduce((sum, { width }) => sum + width, 0) * size;
}

/** The text, cut with "…" where it is wider than `room`. */
export function shortened(text: string, room: number, size: number, bold = false): string {
  if (widthOf(text, size, bold) <= room) return text;
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let [low, high] = [0, letters.length];
  const cut = (count: number): string => `${letters.slice(0, count).join('').trimEnd()}…`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(cut(middle), size, bold) <= room) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/** The text broken into lines no wider than `room`; the last of `most` lines is cut. Scripts without blanks break between any two characters. */
export function wrapped(text: string, room: number, size: number, { bold = false, most = 3 } = {}): string[] {
  const lines: string[] = [];
  const words = wordsOf(text);
  while (words.length > 0 && lines.length < most) {
    if (lines.length === most - 1) return [...lines, shortened(words.join('').trim(), room, size, bold)];
    let line = words.shift()!;
    while (words.length > 0 && widthOf((line + words[0]!).trimEnd(), size, bold) <= room) line += words.shift()!;
    lines.push(shortened(line.trim(), room, size, bold));
  }
  return lines;
}

/** What may be parted at the end of a line: words with the blank after them, and single characters of scripts without blanks. */
function wordsOf(text: string): string[] {
  return (
    text
      .trim()
      .replace(/\s+/gu, ' ')
      .match(
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+ ?| /gu,
      ) ?? []
  );
}

function scriptOf(character: string): string {
  return (
    SCRIPTS.find(({ pattern }) => pattern.test(character))?.script ??
    (/\p{Extended_Pictographic}/u.test(character) ? 'emoji' : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
  );
}
