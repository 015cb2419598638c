import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { FrameloomError } from '../pipeline/index.js';

/**
 * Makes the folders that results go to, before the long work begins.
 *
 * @param files where results will be written; undefined ones are skipped.
 * @param input the source, which must not be one of them.
 */
export async function prepareOutputs(files: readonly (string | undefined)[], input?: string): Promise<void> {
  for (const file of files) {
    if (file === undefined) continue;
    if (input !== undefined && path.resolve(file) === path.resolve(input)) {
      throw new FrameloomError('FL_USAGE', `${file} is the input. Give another name with --output; the source is never overwritten.`);
    }
    try {
      await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    } catch (cause) {
      throw new FrameloomError('FL_VIDEO_OUTPUT_FOLDER', `The folder of ${file} cannot be made: ${(cause as Error).message}`, { cause });
    }
  }
}
