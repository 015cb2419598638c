import { link, copyFile, readdir, symlink } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { folderWithoutImages, sequenceUnusable, videoNotFound } from './errors.js';
import { checkInputFile } from './inputFile.js';
import { sequenceNumber } from './outputFormat.js';
import type { Orientation } from './orientation.js';
import { readPicture } from './pictureFile.js';
import type { PictureFile } from './pictureFile.js';
import { createPrivateFolder, type PrivateFolder } from '../core/index.js';

const imageExtensions = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.tif', '.tiff']);

/** Pictures that follow each other, in the form in which ffmpeg's image2 demuxer reads them. */
export interface ImageSequence {
  /** A path with one `%06d`, other percent signs doubled. */
  readonly inputPath: string;
  readonly startNumber: number;
  readonly frameCount: number;
  /** The pictures' files, in order. */
  readonly files: readonly string[];
  /** How each is to be turned, in order. */
  readonly orientations: readonly Orientation[];
  /** Holds links to the pictures under running numbers. */
  readonly links: PrivateFolder;
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
    throw sequenceUnusable(
      path,
      `number ${first + missing} is missing between ${first} and ${last}; add the missing picture, or open the folder to take the pictures in the order of their names`,
    );
  }
  return linked(
    path,
    numbers.map((number) => join(folder, fileName(name, match, number))),
  );
}

/**
 * All pictures of a folder in the order of their names, numbers counted as numbers (2 before 10).
 *
 * @throws FrameloomError `FL_VIDEO_FOLDER` without pictures, `FL_VIDEO_SEQUENCE` when they are of
 * more than one kind or size, or one is no picture.
 */
export async function sequenceOfFolder(folder: string): Promise<ImageSequence> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => imageExtensions.has(extname(name).toLowerCase()) && !name.startsWith('.'));
  if (names.length === 0) throw folderWithoutImages(folder);
  names.sort(new Intl.Collator('en', { numeric: true }).compare);
  return linked(
    folder,
    names.map((name) => join(folder, name)),
  );
}

/** Pictures in their order under running numbers: by links, since their own names may be anything, and their endings may lie. */
async function linked(path: string, files: readonly string[]): Promise<ImageSequence> {
  await checkInputFile(files[0] ?? path);
  const pictures = await readAll(path, files);
  const kind = pictures[0]?.kind === 'apng' ? 'png' : (pictures[0]?.kind ?? 'png');
  const links = await createPrivateFolder();
  for (const [index, file] of files.entries())
    await linkPicture(resolve(file), join(links.path, `${String(index).padStart(6, '0')}.${kind}`));
  return {
    inputPath: join(links.path.replaceAll('%', '%%'), `%06d.${kind}`),
    startNumber: 0,
    frameCount: files.length,
    files,
    orientations: pictures.map(({ orientation }) => orientation),
    links,
  };
}

/** Looks at every picture before any is decoded: ffmpeg would stretch one of another size, and skip one that it cannot read. */
async function readAll(path: string, files: readonly string[]): Promise<PictureFile[]> {
  const pictures: PictureFile[] = [];
  for (const file of files) {
    const picture = await readPicture(file);
    const name = JSON.stringify(basename(file));
    if (!picture) throw sequenceUnusable(path, `${name} is not a PNG, JPEG, WebP, BMP or TIFF picture; remove or replace it`);
    if (picture.kind === 'gif' || (picture.kind === 'webp' && picture.animated))
      throw sequenceUnusable(path, `${name} is an animation; open it by itself, or remove it`);
    const first = pictures[0] ?? picture;
    const start = JSON.stringify(basename(files[0] ?? file));
    if (kindName(first) !== kindName(picture))
      throw sequenceUnusable(
        path,
        `its pictures are of several kinds: ${start} is ${kindName(first)} and ${name} ${kindName(picture)}; keep one kind`,
      );
    if (first.size && picture.size && (first.size.width !== picture.size.width || first.size.height !== picture.size.height)) {
      throw sequenceUnusable(
        path,
        `${name} is ${picture.size.width} x ${picture.size.height} but ${start} is ${first.size.width} x ${first.size.height}; bring them to one size first`,
      );
    }
    pictures.push(picture);
  }
  return pictures;
}

function kindName({ kind }: PictureFile): string {
  return kind === 'apng' ? 'PNG' : kind === 'jpg' ? 'JPEG' : kind.toUpperCase();
}

async function linkPicture(from: string, to: string): Promise<void> {
  // Windows lets only some users make symbolic links, and hard links stay on one drive.
  await symlink(from, to)
    .catch(() => link(from, to))
    .catch(() => copyFile(from, to));
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
