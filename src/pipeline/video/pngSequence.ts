import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Draft, throwIfAborted, type Frame } from '../core/index.js';
import { driveFull, noFrames, outputExists, outputNotWritable } from './errors.js';
import { fileName } from './imageSequence.js';
import { sequenceNumber } from './outputFormat.js';
import { encodePng } from './png.js';

/** A numbered PNG sequence to write. */
export interface SequenceJob {
  /** `out/%04d.png`; the folder is made when it does not exist, its parent must. */
  readonly target: string;
  readonly frames: AsyncIterable<Frame>;
  /** Entries for each picture's `iTXt` chunks: every frame carries its provenance by itself. */
  readonly text: Readonly<Record<string, string>>;
  readonly overwrite: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onFrame?: ((written: number) => void) | undefined;
}

/**
 * Writes frames as `…0001.png`, `…0002.png` and so on, losslessly.
 *
 * They are collected in a hidden folder beside their places and moved there when all are done, so
 * an interrupted save leaves the folder as it was. An older, longer sequence of the same pattern is
 * replaced whole: its surplus pictures are removed, for they would play on after the new ones.
 *
 * @returns frames and bytes written.
 */
export async function writePngSequence(job: SequenceJob): Promise<{ frames: number; bytes: number }> {
  const folder = dirname(job.target);
  const pattern = basename(job.target);
  const match = sequenceNumber.exec(pattern);
  if (!match) throw outputNotWritable(job.target, 'the number pattern, such as %04d, must be in the file name and not in the folder');
  const madeFolder = await prepareFolder(job.target, folder);
  const older = await earlierPictures(job.target);
  if (older.length > 0 && !job.overwrite) throw outputExists(join(folder, older[0] ?? ''));
  // A folder of drafts, whose pictures then take their places one by one: the folder itself is never given a name.
  const draft = new Draft(join(folder, '.pictures'));
  const staging = draft.path;
  try {
    await mkdir(staging);
    const { frames, bytes } = await writeAll(job, staging, pattern, match);
    for (const name of older) {
      if ((numberOf(name, pattern, match) ?? 0) > frames || numberOf(name, pattern, match) === 0) await rm(join(folder, name));
    }
    for (let number = 1; number <= frames; number++) {
      const name = fileName(pattern, match, number);
      await rename(join(staging, name), join(folder, name));
    }
    return { frames, bytes };
  } catch (error) {
    await draft.discard();
    if (madeFolder) await rm(folder, { recursive: true, force: true });
    throw sequenceFailure(job.target, error);
  } finally {
    await draft.discard();
  }
}

async function writeAll(
  job: SequenceJob,
  staging: string,
  pattern: string,
  match: RegExpExecArray,
): Promise<{ frames: number; bytes: number }> {
  let frames = 0;
  let bytes = 0;
  for await (const frame of job.frames) {
    throwIfAborted(job.signal, `Writing ${JSON.stringify(job.target)}`);
    const png = await encodePng(frame, job.text);
    await writeFile(join(staging, fileName(pattern, match, ++frames)), png, { flush: true });
    bytes += png.length;
    job.onFrame?.(frames);
  }
  if (frames === 0) throw noFrames(`Writing ${JSON.stringify(job.target)}`);
  return { frames, bytes };
}

/**
 * The pictures of a pattern that stand there already.
 *
 * @throws FrameloomError `FL_VIDEO_OUTPUT_PATH` when a folder has the name of one, or such names cannot be.
 */
export async function earlierPictures(target: string): Promise<string[]> {
  const [folder, pattern] = [dirname(target), basename(target)];
  const match = sequenceNumber.exec(pattern);
  if (!match) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw sequenceFailure(target, cause);
  });
  await stat(join(folder, fileName(pattern, match, 1))).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw sequenceFailure(target, cause);
  });
  const same = entries.filter(({ name }) => numberOf(name, pattern, match) !== undefined);
  const obstacle = same.find((entry) => entry.isDirectory());
  if (obstacle) throw outputNotWritable(target, `${JSON.stringify(obstacle.name)} is a folder there; remove it or choose another place`);
  return same.map(({ name }) => name);
}

/** What a file system says, in words; anything else stays what it is. */
function sequenceFailure(target: string, error: unknown): unknown {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return driveFull(target);
  if (code === undefined || syscall === undefined) return error;
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'its folder is write-protected',
    EPERM: 'its folder is write-protected',
    EROFS: 'its drive can only be read',
    ENAMETOOLONG: 'its name is too long',
    ENOENT: 'the file system cannot hold that name',
  };
  return outputNotWritable(
    target,
    `${reasons[code] ?? `its pictures cannot be written${path ? ` (${JSON.stringify(path)})` : ''}, ${code}`}; choose another place`,
    error,
  );
}

/** @returns whether the folder was made here. */
async function prepareFolder(target: string, folder: string): Promise<boolean> {
  const entry = await stat(folder).catch(() => undefined);
  if (entry?.isDirectory()) return false;
  if (entry) throw outputNotWritable(target, `${JSON.stringify(folder)} is a file, not a folder`);
  await mkdir(folder).catch((cause: unknown) => {
    throw outputNotWritable(
      target,
      `the folder ${JSON.stringify(folder)} cannot be made (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}); create it first`,
      cause,
    );
  });
  return true;
}

function numberOf(name: string, pattern: string, match: RegExpExecArray): number | undefined {
  const digits = name.slice(match.index, name.length - (pattern.length - match.index - match[0].length));
  return /^\d+$/.test(digits) && fileName(pattern, match, Number(digits)) === name ? Number(digits) : undefined;
}
