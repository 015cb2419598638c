import { link, copyFile, readdir, symlink } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { folderWithoutImages, sequenceUnusable, videoNotFound } from './errors.js';
import { checkInputFile } from './inputFile.js';
import { sequenceNumber } from './outputFormat.js';
import { createPrivateFolder } from './privateFolder.js';
import type { PrivateFolder } from './privateFolder.js';

const imageExtensions = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.tif', '.tiff']);

/** Pictures that follow each other, in the form in which ffmpeg's image2 demuxer reads them. */
export interface ImageSequence {
  /** A path with one `%0Nd`, other percent signs doubled. */
  readonly inputPath: string;
  readonly startNumber: number;
  readonly frameCount: number;
  /** The pictures' files, in order. */
  readonly files: readonly string[];
  /** Links under running numbers, where the names were not numbered without gaps. */
  readonly links?: PrivateFolder | undefined;
}

/** Whether a path that names no existing file is meant as a numbered sequence. */
export function isSequencePattern(path: string): boolean {
  return sequenceNumber.test(basename(path));
}

/**
 * The pictures of a pattern such as `frames/%04d.png`, from the lowest number on.
 *
 * @throws FrameloomError `FL_VIDEO_NOT_FOUND` when none exists, `FL_VIDEO_SEQUENCE` when numbers
 * are missing in between.
 */
export async function sequenceOfPattern(path: string): Promise<ImageSequence> {
  const folder = dirname(path);
  const name = basename(path);
  const match = sequenceNumber.exec(name);
  const names = await readdir(folder).catch(() => []);
  const numbers = match ? numbersOf(names, name, match) : [];
  const first = numbers[0];
  const last = numbers.at(-1);
  if (!match || first === undefined || last === undefined) throw videoNotFound(path);
  const missing = numbers.findIndex((number, index) => number !== first + index);
  if (missing > 0) {
    throw sequenceUnusable(path, `number ${first + missing} is missing between ${first} and ${last}; add the missing picture, or open the folder to take the pictures in the order of their names`);
  }
  const prefix = name.slice(0, match.index);
  const rest = name.slice(match.index + match[0].length);
  return {
    inputPath: join(escapePercent(folder), `${escapePercent(prefix)}${match[0]}${escapePercent(rest)}`),
    startNumber: first,
    frameCount: numbers.length,
    files: numbers.map((number) => join(folder, fileName(name, match, number))),
  };
}

/**
 * All pictures of a folder in the order of their names, numbers counted as numbers (2 before 10).
 *
 * @throws FrameloomError `FL_VIDEO_FOLDER` without pictures, `FL_VIDEO_SEQUENCE` when they are of
 * more than one kind.
 */
export async function sequenceOfFolder(folder: string): Promise<ImageSequence> {
  const names = (await readdir(folder)).filter((name) => imageExtensions.has(extname(name).toLowerCase()) && !name.startsWith('.'));
  if (names.length === 0) throw folderWithoutImages(folder);
  names.sort(new Intl.Collator('en', { numeric: true }).compare);
  const kinds = [...new Set(names.map((name) => extname(name)))];
  if (kinds.length > 1) throw sequenceUnusable(folder, `its pictures are of several kinds (${kinds.join(', ')}); keep one kind in the folder`);
  const links = await createPrivateFolder();
  const kind = kinds[0] ?? '';
  for (const [index, name] of names.entries()) {
    await linkPicture(resolve(folder, name), join(links.path, `${String(index).padStart(6, '0')}${kind}`));
  }
  return { inputPath: join(escapePercent(links.path), `%06d${kind}`), startNumber: 0, frameCount: names.length, files: names.map((name) => join(folder, name)), links };
}

/** Checks that the first picture is a picture at all, with the messages that a single file gets. */
export async function checkSequence(sequence: ImageSequence): Promise<void> {
  await checkInputFile(sequence.files[0] ?? sequence.inputPath);
}

async function linkPicture(from: string, to: string): Promise<void> {
  // Windows lets only some users make symbolic links, and hard links stay on one drive.
  await symlink(from, to).catch(() => link(from, to)).catch(() => copyFile(from, to));
}

function numbersOf(names: readonly string[], pattern: string, match: RegExpExecArray): number[] {
  const prefix = pattern.slice(0, match.index);
  const rest = pattern.slice(match.index + match[0].length);
  const found: number[] = [];
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(rest)) continue;
    const digits = name.slice(prefix.length, name.length - rest.length);
    if (/^\d+$/.test(digits) && fileName(pattern, match, Number(digits)) === name) found.push(Number(digits));
  }
  return found.sort((a, b) => a - b);
}

/** The name that a pattern gives to a number: `%04d` pads with zeros, `%d` does not. */
export function fileName(pattern: string, match: RegExpExecArray, number: number): string {
  const width = match[1] === '0' ? Number(match[2] ?? 0) : 0;
  return `${pattern.slice(0, match.index)}${String(number).padStart(width, '0')}${pattern.slice(match.index + match[0].length)}`;
}

function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}
