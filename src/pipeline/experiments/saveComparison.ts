import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ambientSignal, ArgumentError, checkOptions, abortSignal, text, writeWhole } from '../core/index.js';
import { checkFilePlace, checkOutput, encodePng, Video } from '../video/index.js';
import type { ComparedCells } from './comparedCells.js';
import { type ComparisonSheetOptions, sheetDrawer } from './sheet.js';

/** How a comparison is written to a file. */
export interface SaveComparisonOptions extends ComparisonSheetOptions {
  /** Ends the writing; then there is no file. */
  signal?: AbortSignal;
}

/**
 * Writes the cells of a comparison that are done: `.csv` their numbers, `.png` a sheet of stills, and any ending of a video all clips
 * running beside each other. The file appears complete or not at all.
 *
 * @returns the file, absolute.
 * @throws {ArgumentError} where no cell is done; what {@link Video.save} throws.
 */
export async function saveComparison(comparison: ComparedCells, file: string, options: SaveComparisonOptions = {}): Promise<string> {
  const { signal = ambientSignal(), ...sheet } = options;
  checkOptions('comparison.save', options, {
    title: text,
    numbers: (value) => (Array.isArray(value) ? undefined : "a list of names, such as ['promptAlignment', 'seconds']"),
    signal: abortSignal,
  });
  if (typeof file !== 'string' || file === '' || file.includes('\0'))
    throw new ArgumentError('path', file, 'the name of a file to write: one of .csv, .png or a kind of video');
  const { cells } = comparison;
  if (cells.length === 0)
    throw new ArgumentError('comparison', comparison, 'begun', 'No cell of the comparison is done yet: await comparison.finish() first.');
  const target = path.resolve(file);
  const ending = path.extname(target).toLowerCase();
  // An image sequence, `frames/%04d.png`, is a video.
  if (ending === '.csv' || (ending === '.png' && !/%\d*d/.test(path.basename(target)))) {
    await checkFilePlace(target);
    const contents = ending === '.csv' ? comparison.csv : await encodePng(await sheetDrawer().still(comparison, sheet));
    await writeWhole(target, (draft) => writeFile(draft, contents, { flag: 'wx' }));
    return target;
  }
  await checkOutput(target);
  const frames = sheetDrawer().frames(comparison, sheet, signal);
  const video = await Video.fromFrames(frames, { fps: cells[0]!.video.fps, origins: comparison.input?.origins, signal });
  try {
    await video.save(target, { signal });
  } finally {
    await video.close();
  }
  return target;
}
