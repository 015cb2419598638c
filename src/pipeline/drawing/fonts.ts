import path from 'node:path';
import { packageRoot } from '../core/index.js';
import { type FontFace, readFontFaces } from './fontFile.js';
import { systemFontFiles } from './systemFonts.js';

/** A face and the file it is in. */
export interface Font {
  readonly file: string;
  readonly face: FontFace;
}

/*
 * Figures are written in fonts that come along (media/fonts), so that they look the same on every machine and there are letters
 * on one without any fonts: Latin, Greek and Cyrillic in two weights, and emoji. What these have no glyph for is looked up in the
 * fonts of the machine, which are not read before.
 */
let own: { regular: Font; bold: Font; emoji: Font } | undefined;
let found = new Map<string, Font | undefined>();
let installed: Font[] | undefined;

/** The font that a character is written in; undefined where no font of ours or of this machine has it. */
export function fontFor(character: string, bold: boolean): Font | undefined {
  own ??= { regular: ownFont('FrameloomSans-Regular'), bold: ownFont('FrameloomSans-Bold'), emoji: ownFont('FrameloomEmoji-Regular') };
  const code = character.codePointAt(0)!;
  for (const font of bold ? [own.bold, own.regular, own.emoji] : [own.regular, own.emoji])
    if (font.face.advance(code) !== undefined) return font;
  if (!found.has(character)) found.set(character, installedFont(code));
  return found.get(character);
}

/** The font that stands in where a character has none: it has the letters in which that is said. */
export function plainFont(): Font {
  return fontFor('a', false)!;
}

/** Whether a font came along, so that what it takes was measured as it will be drawn: letter by letter. */
export function isOwn({ file }: Font): boolean {
  return own !== undefined && Object.values(own).some((font) => font.file === file);
}

/** Looks for the machine's fonts in these folders from now on; for tests, which must not depend on what is installed. */
export function useSystemFontFolders(folders: readonly string[] | undefined): void {
  installed = folders && readFonts(systemFontFiles(folders));
  found = new Map();
}

function ownFont(name: string): Font {
  const file = path.join(packageRoot(), 'media', 'fonts', `${name}.ttf`);
  const [face] = readFontFaces(file);
  if (!face) throw new Error(`Frameloom's font ${file} is missing or damaged. Install Frameloom again.`);
  return { file, face };
}

function installedFont(code: number): Font | undefined {
  installed ??= readFonts(systemFontFiles());
  return installed.find(({ face }) => face.advance(code) !== undefined);
}

/** The faces of files, upright ones of usual weight first: a line in a thin italic is hard to read when small. */
function readFonts(files: readonly string[]): Font[] {
  const fonts = files.flatMap((file) => readFontFaces(file).map((face) => ({ file, face })));
  const plainness = ({ face: { family, style } }: Font): number =>
    (/^(regular|book|normal|medium)?$/i.test(style) ? 0 : 2) +
    (/serif|mono|ming|song|mincho|batang/i.test(family.replace(/sans/i, '')) ? 1 : 0) +
    (/last ?resort/i.test(family) ? 9 : 0);
  return fonts.sort((a, b) => plainness(a) - plainness(b));
}
