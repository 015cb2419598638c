import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { checkFilePlace, checkOutput, checkTemporaryFolder, FrameloomError, outputAt, overlaps, placeOf } from '../library.js';
import type { CommonFlags } from './commonOptions.js';

/** A file that a command will write. */
export interface Output {
  /** The option that names it. */
  readonly option: string;
  /** Its name; undefined where it was not asked for. */
  readonly file: string | undefined;
  /** A clip by default; a contact sheet is a PNG picture. */
  readonly kind?: 'clip' | 'picture';
}

/** The results that `edit` and `generate` both may write. */
export function commonOutputs({ output, contactSheet }: Pick<CommonFlags, 'output' | 'contactSheet'>): Output[] {
  return [
    { option: '--output', file: output },
    { option: '--contact-sheet', file: contactSheet, kind: 'picture' },
  ];
}

/**
 * Sees to it, before the long work begins, that all results can be written: endings, places and clashes are looked at, and folders made.
 *
 * @param inputs what is read, which no result may replace.
 * @returns takes away again the folders that were made and are still empty; to be called at the end, however it came.
 * @throws {FrameloomError} `FL_USAGE` for clashes; what `checkOutput` throws; `FL_VIDEO_OUTPUT_FOLDER`.
 */
export async function prepareOutputs(
  outputs: readonly Output[],
  inputs: readonly (string | undefined)[] = [],
): Promise<() => Promise<void>> {
  const wanted = outputs.filter((output): output is Output & { file: string } => output.file !== undefined);
  wanted.forEach(checkEnding);
  const read = await Promise.all(inputs.filter((input) => input !== undefined).map(placeOf));
  const written = await Promise.all(wanted.map(async (output) => ({ ...output, place: await placeOf(output.file) })));
  for (const [index, output] of written.entries()) {
    if (read.some((input) => overlaps(output.place, input))) throw sourceKept(output);
    const twin = written.slice(0, index).find(({ place }) => overlaps(place, output.place));
    if (twin)
      throw new FrameloomError(
        'FL_USAGE',
        `${twin.option} and ${output.option} lead to one file, ${output.file}. Give each result a name of its own.`,
      );
  }
  await checkTemporaryFolder();
  const made: string[] = [];
  const takeAway = async (): Promise<void> => {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
  };
  try {
    for (const { file } of wanted) made.push(...(await makeFolders(file)));
    for (const { file, kind } of wanted) await (kind === 'picture' ? checkFilePlace(file) : checkOutput(file));
  } catch (error) {
    await takeAway();
    throw error;
  }
  return takeAway;
}

function checkEnding({ option, file, kind }: Output & { file: string }): void {
  if (kind !== 'picture') outputAt(file);
  else if (path.extname(file).toLowerCase() !== '.png')
    throw new FrameloomError(
      'FL_VIDEO_OUTPUT_FORMAT',
      `${option} is ${JSON.stringify(file)}, but a contact sheet is a PNG picture: give it a name that ends in .png.`,
    );
}

function sourceKept({ option, file }: Output & { file: string }): FrameloomError {
  return new FrameloomError(
    'FL_USAGE',
    `${file} is the input, or would be written among its pictures. Give another name with ${option}; the source is never overwritten.`,
  );
}

/** Makes the folder of a file. @returns the folders that were not there, outermost first. */
async function makeFolders(file: string): Promise<string[]> {
  const folder = path.dirname(path.resolve(file));
  const first = await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reason = ['EEXIST', 'ENOTDIR'].includes(code) ? 'a file has the name of one of its folders' : message;
    throw new FrameloomError('FL_VIDEO_OUTPUT_FOLDER', `The folder of ${file} cannot be made: ${reason}. Choose another place.`, { cause });
  });
  if (first === undefined) return [];
  const made = [folder];
  while (made[0] !== path.resolve(first) && made[0] !== path.dirname(made[0]!)) made.unshift(path.dirname(made[0]!));
  return made;
}
