import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { throwIfAborted } from '../errors.js';
import { driveFull, noFrames, outputExists, outputNotWritable } from './errors.js';
import { draftMark } from './draftMark.js';
import { guardPath, releasePath } from './exitGuard.js';
import type { Frame } from './frame.js';
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
  const older = (await readdir(folder)).filter((name) => numberOf(name, pattern, match) !== undefined);
  if (older.length > 0 && !job.overwrite) throw outputExists(join(folder, older[0] ?? ''));
  const staging = join(folder, `.partial-${draftMark()}`);
  guardPath(staging);
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
    await rm(staging, { recursive: true, force: true });
    if (madeFolder) await rm(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw driveFull(job.target);
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
    releasePath(staging);
  }
}

async function writeAll(job: SequenceJob, staging: string, pattern: string, match: RegExpExecArray): Promise<{ frames: number; bytes: number }> {
  let frames = 0;
  let bytes = 0;
  for await (const frame of job.frames) {
    throwIfAborted(job.signal, `Writing ${JSON.stringify(job.target)}`);
    const png = await encodePng(frame, job.text);
    await writeFile(join(staging, fileName(pattern, match, ++frames)), png, { flush: true } as object);
    bytes += png.length;
    job.onFrame?.(frames);
  }
  if (frames === 0) throw noFrames(`Writing ${JSON.stringify(job.target)}`);
  return { frames, bytes };
}

/** @returns whether the folder was made here. */
async function prepareFolder(target: string, folder: string): Promise<boolean> {
  const entry = await stat(folder).catch(() => undefined);
  if (entry?.isDirectory()) return false;
  if (entry) throw outputNotWritable(target, `${JSON.stringify(folder)} is a file, not a folder`);
  await mkdir(folder).catch((cause: unknown) => {
    throw outputNotWritable(target, `the folder ${JSON.stringify(folder)} cannot be made (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}); create it first`, cause);
  });
  return true;
}

function numberOf(name: string, pattern: string, match: RegExpExecArray): number | undefined {
  const digits = name.slice(match.index, name.length - (pattern.length - match.index - match[0].length));
  return /^\d+$/.test(digits) && fileName(pattern, match, Number(digits)) === name ? Number(digits) : undefined;
}
