import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { sequenceNumber } from './outputFormat.js';

/** What a name stands for on the drive, whatever links lead to it. */
export interface FilePlace {
  /** The folder and, in it, the name or pattern. A folder of pictures has no name. */
  readonly folder: string;
  readonly name: string | undefined;
  /** The files that are there already, as `device:inode`. */
  readonly files: ReadonlySet<string>;
}

/** File systems that take `A` and `a` for one name. */
const oneCase = process.platform === 'win32' || process.platform === 'darwin';

/** Looks up what a result or an input is: a file, the pictures of a pattern (`%04d.png`), or a folder of pictures. */
export async function placeOf(file: string): Promise<FilePlace> {
  const entry = await identityOf(file);
  if (entry?.isFolder) {
    const folder = await realPlace(file);
    return { folder, name: undefined, files: await filesIn(folder, /\.(png|jpe?g|webp|bmp|tiff?)$/i) };
  }
  const pattern = !entry && sequenceNumber.test(path.basename(file));
  // Of a file that is a link the place is where the link leads; of a pattern only its folder can be one.
  const real = pattern ? path.join(await realPlace(path.dirname(file)), path.basename(file)) : await realPlace(file);
  const place = { folder: path.dirname(real), name: path.basename(real) };
  return { ...place, files: pattern ? await filesIn(place.folder, expression(place.name)) : new Set(entry ? [entry.id] : []) };
}

/** Whether writing one would replace, or stand among, files of the other. */
export function overlaps(one: FilePlace, other: FilePlace): boolean {
  if ([...one.files].some((file) => other.files.has(file))) return true;
  if (folded(one.folder) !== folded(other.folder)) return false;
  // A picture written into a folder of pictures becomes one of them.
  if (one.name === undefined || other.name === undefined)
    return [one.name, other.name].every((name) => name === undefined || /\.png$/i.test(name));
  return (
    folded(one.name) === folded(other.name) ||
    expression(one.name).test(sample(other.name)) ||
    expression(other.name).test(sample(one.name))
  );
}

/** The names that a pattern makes; a name without a number makes itself. */
function expression(name: string): RegExp {
  const [before, after] = parts(name).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${before}${after === undefined ? '' : `\\d+${after}`}$`, oneCase ? 'i' : '');
}

/** One of the names that a pattern makes. */
function sample(name: string): string {
  return parts(name).join('1');
}

function parts(name: string): string[] {
  const match = sequenceNumber.exec(name);
  return match ? [name.slice(0, match.index), name.slice(match.index + match[0].length)] : [name];
}

async function filesIn(folder: string, names: RegExp): Promise<Set<string>> {
  const ids = (await readdir(folder).catch(() => []))
    .filter((name) => names.test(name))
    .map(async (name) => (await identityOf(path.join(folder, name)))?.id);
  return new Set((await Promise.all(ids)).filter((id) => id !== undefined));
}

async function identityOf(file: string): Promise<{ id: string; isFolder: boolean } | undefined> {
  const entry = await stat(file, { bigint: true }).catch(() => undefined);
  // Some file systems of Windows number no files; there the path alone tells.
  return entry && { id: entry.ino === 0n ? folded(await realPlace(file)) : `${entry.dev}:${entry.ino}`, isFolder: entry.isDirectory() };
}

/** The path without links, as far as it exists. */
async function realPlace(file: string): Promise<string> {
  const absolute = path.resolve(file);
  return realpath(absolute).catch(async () =>
    absolute === path.dirname(absolute) ? absolute : path.join(await realPlace(path.dirname(absolute)), path.basename(absolute)),
  );
}

function folded(text: string): string {
  return oneCase ? text.toLowerCase() : text;
}
