import { mkdir, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError } from '../errors.js';
import { outputNotWritable } from './errors.js';
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

/** As {@link checkOutput} for a file of any kind. */
export async function checkFilePlace(target: string, overwrite = true): Promise<void> {
  const partial = await PartialFile.create(resolve(target), overwrite);
  await partial.discard();
}

async function checkSequencePlace(target: string): Promise<void> {
  const folder = dirname(target);
  if (!sequenceNumber.test(basename(target))) throw outputNotWritable(target, 'the number pattern, such as %04d, must be in the file name and not in the folder');
  const entry = await stat(folder).catch(() => undefined);
  if (entry && !entry.isDirectory()) throw outputNotWritable(target, `${JSON.stringify(folder)} is a file, not a folder`);
  if (entry) await earlierPictures(target);
  const trial = entry ? join(folder, `.partial-${process.pid}-trial`) : folder;
  await mkdir(trial).then(() => rmdir(trial)).catch((cause: unknown) => {
    throw outputNotWritable(target, `${entry ? 'its folder cannot be written to' : `the folder ${JSON.stringify(folder)} cannot be made`} (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`, cause);
  });
}
