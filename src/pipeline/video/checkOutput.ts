import { lstat, mkdir, rmdir, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError, FrameloomError, createPrivateFolder } from '../core/index.js';
import { driveFull, outputNotWritable } from './errors.js';
import { checkCompression, outputFormatOf, sequenceNumber } from './outputFormat.js';
import type { OutputFormat } from './outputFormat.js';
import { PartialFile } from './partialFile.js';
import { earlierPictures } from './pngSequence.js';
import type { SaveOptions } from './videoOptions.js';

/**
 * Looks whether a clip can be saved under a name, to be asked before long work begins: what `save` would refuse at the end is refused
 * now. The place is tried by making an empty file or folder there, which is removed again.
 *
 * @throws ArgumentError for a name or compression that cannot be; FrameloomError `FL_VIDEO_OUTPUT_FORMAT` for an unknown ending,
 * `FL_VIDEO_OUTPUT_PATH` for a place that cannot be written to, `FL_VIDEO_OUTPUT_EXISTS` with `{ overwrite: false }`.
 */
export async function checkOutput(path: string, options: Pick<SaveOptions, 'overwrite' | 'crf' | 'loop'> = {}): Promise<void> {
  const { target, format } = outputAt(path, options);
  if (format.kind === 'png-sequence') await checkSequencePlace(target);
  else await checkFilePlace(target, options.overwrite ?? true);
}

/** What a name and the options of a save come to, told from themselves alone. @throws ArgumentError; `FL_VIDEO_OUTPUT_FORMAT`. */
export function outputAt(path: string, options: Pick<SaveOptions, 'crf' | 'loop'> = {}): { target: string; format: OutputFormat } {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw new ArgumentError('path', path, 'the name of a file to write');
  const target = resolve(path);
  const format = outputFormatOf(target);
  checkCompression(format, options);
  return { target, format };
}

/**
 * As {@link checkOutput} for a file of any kind.
 *
 * @throws FrameloomError `FL_VIDEO_OUTPUT_PATH`, `FL_VIDEO_OUTPUT_EXISTS`, `FL_VIDEO_DISK_FULL`.
 */
export async function checkFilePlace(target: string, overwrite = true): Promise<void> {
  const place = resolve(target);
  const partial = await PartialFile.create(place, overwrite);
  await partial.discard();
  await checkReplaceable(place);
  await checkSpace(place, dirname(place));
}

/**
 * Looks whether temporary files can be made: long clips and every save need them.
 *
 * @throws FrameloomError `FL_VIDEO_OUTPUT_TEMP`, `FL_VIDEO_DISK_FULL`.
 */
export async function checkTemporaryFolder(): Promise<void> {
  const folder = await createPrivateFolder().catch((cause: unknown) => {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new FrameloomError(
      'FL_VIDEO_OUTPUT_TEMP',
      `No file can be made in the temporary folder ${JSON.stringify(tmpdir())} (${reason}). Set TMPDIR (on Windows TEMP) to a folder that can be written to.`,
      { cause },
    );
  });
  await folder.remove();
  await checkSpace(tmpdir(), tmpdir());
}

/** What an empty file beside the target does not show: whether the finished one may take the target's name. */
async function checkReplaceable(target: string): Promise<void> {
  const [entry, folder] = await Promise.all([target, dirname(target)].map((path) => lstat(path).catch(() => undefined)));
  if (!entry) return;
  if (!entry.isFile() && !entry.isSymbolicLink()) throw outputNotWritable(target, 'what has that name is no ordinary file; choose another');
  const user = process.getuid?.();
  // In a folder such as /tmp people may replace their own files only.
  if (user !== undefined && user !== 0 && folder && (folder.mode & 0o1000) !== 0 && entry.uid !== user && folder.uid !== user) {
    throw outputNotWritable(target, 'the file of that name belongs to somebody else, who alone may replace it; choose another');
  }
}

/** Less than this is no room for any clip, bytes. */
const LEAST_ROOM = 1 << 20;

async function checkSpace(target: string, folder: string): Promise<void> {
  // Not every file system counts.
  const space = await statfs(folder).catch(() => undefined);
  if (space && space.blocks > 0 && space.bavail * space.bsize < LEAST_ROOM) throw driveFull(target);
}

async function checkSequencePlace(target: string): Promise<void> {
  const folder = dirname(target);
  if (!sequenceNumber.test(basename(target)))
    throw outputNotWritable(target, 'the number pattern, such as %04d, must be in the file name and not in the folder');
  const entry = await stat(folder).catch(() => undefined);
  if (entry && !entry.isDirectory()) throw outputNotWritable(target, `${JSON.stringify(folder)} is a file, not a folder`);
  if (entry) await earlierPictures(target);
  const trial = entry ? join(folder, `.partial-${process.pid}-trial`) : folder;
  await mkdir(trial)
    .then(() => rmdir(trial))
    .catch((cause: unknown) => {
      throw outputNotWritable(
        target,
        `${entry ? 'its folder cannot be written to' : `the folder ${JSON.stringify(folder)} cannot be made`} (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
        cause,
      );
    });
  await checkSpace(target, entry ? folder : dirname(folder));
}
