import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AmbientFiles, ForeignFileProblem, linkBelow, readForeignText, sweepDrafts, writeWhole } from '../core/index.js';
import { type HistoryEntry, isHistoryId, MOST_CHARACTERS, readEntry, writeEntry } from './entry.js';
import { historyErrors } from './errors.js';

/** Runs that a history keeps; the oldest go first. */
export const MOST_RUNS = 500;
/** Bytes that a history keeps. */
const MOST_BYTES = 32 << 20;
/** Files that are looked at in a folder which says that it is a history; a stranger's may hold any number. */
const MOST_FILES = 5000;

/** The folder of a history, below a notebook's side folder or wherever it was asked for. */
export function historyFolder({ folder }: Pick<AmbientFiles, 'folder'>): string {
  return path.join(folder, 'history');
}

/** Whether a file is a note of a history, by its place and its name. */
export function isHistoryFile(file: string): boolean {
  const id = /^run-(.*)\.json$/.exec(path.basename(file))?.[1];
  return isHistoryId(id) && path.basename(path.dirname(file)) === 'history';
}

/**
 * Runs as files, one for each: `run-<id>.json` appears complete or not at all, and nothing else is ever written to, so that several
 * processes can note runs at once and one that is killed leaves nothing half-written.
 */
export class HistoryStore {
  private readonly folder: string;

  /** @param place `base` is the folder below which no link is followed; the history lies in `history/` below `folder`. */
  constructor(private readonly place: AmbientFiles) {
    this.folder = historyFolder(place);
  }

  /**
   * The ids of all runs, the newest first; none where there is no history.
   *
   * @throws {FrameloomError} `FL_HISTORY_LINK` where a link stands in the way.
   */
  async ids(): Promise<string[]> {
    await this.requireNoLink(this.folder);
    const names = await readdir(this.folder).catch(() => []);
    const ids = names.slice(0, MOST_FILES).flatMap((name) => /^run-(.*)\.json$/.exec(name)?.[1] ?? []);
    return ids.filter(isHistoryId).sort().reverse();
  }

  /** The run of this id; undefined where there is none, or its file is not one that we wrote. @throws as {@link ids}. */
  async read(id: string): Promise<HistoryEntry | undefined> {
    if (!isHistoryId(id)) return undefined;
    const file = this.fileOf(id);
    await this.requireNoLink(file);
    try {
      return readEntry(await readForeignText(file, MOST_CHARACTERS * 2), id);
    } catch (error) {
      if (error instanceof ForeignFileProblem) return undefined;
      throw error;
    }
  }

  /** Every run that can be read, the newest first. @throws as {@link ids}. */
  async readAll(): Promise<HistoryEntry[]> {
    const ids = (await this.ids()).slice(0, MOST_RUNS);
    const entries: HistoryEntry[] = [];
    for (const id of ids) {
      // A link in the place of a single run hides that run alone.
      if (await linkBelow(this.place.base, this.fileOf(id))) continue;
      const entry = await this.read(id);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /**
   * Notes a run, and lets the oldest go where there are too many.
   *
   * @returns the run with its id.
   * @throws {FrameloomError} `FL_HISTORY_LINK`, `FL_HISTORY_OUTPUT`.
   */
  async add(facts: Omit<HistoryEntry, 'id'>): Promise<HistoryEntry> {
    const entry = { ...facts, id: newId(new Date()) };
    const whole = writeEntry(entry);
    // A record with a very long prompt leaves no room for a picture.
    const text = whole.length > MOST_CHARACTERS ? writeEntry({ ...entry, thumbnail: undefined }) : whole;
    const file = this.fileOf(entry.id);
    await this.requireNoLink(file);
    try {
      if (text.length > MOST_CHARACTERS) throw Object.assign(new Error('The record is too long.'), { code: 'EFBIG' });
      await mkdir(this.folder, { recursive: true });
      await writeWhole(file, (draft) => writeFile(draft, text, { flag: 'wx' }));
      await this.prune();
    } catch (error) {
      throw historyErrors.output(this.folder, error);
    }
    return entry;
  }

  /** Removes the oldest runs of a history that has grown too large, and what killed processes left. */
  private async prune(): Promise<void> {
    await sweepDrafts(this.folder);
    const ids = await this.ids();
    let bytes = 0;
    for (const [index, id] of ids.entries()) {
      bytes += await stat(this.fileOf(id)).then(
        ({ size }) => size,
        () => 0, // another process removed it meanwhile
      );
      if (index >= MOST_RUNS || bytes > MOST_BYTES) await rm(this.fileOf(id), { force: true });
    }
  }

  private fileOf(id: string): string {
    return path.join(this.folder, `run-${id}.json`);
  }

  private async requireNoLink(file: string): Promise<void> {
    const link = await linkBelow(this.place.base, file);
    if (link !== undefined) throw historyErrors.link(link);
  }
}

/** Ids sort by their moment, UTC; the random end keeps those of two processes apart. */
function newId(now: Date): string {
  const moment = now.toISOString().replace(/[-:.Z]/g, '');
  return `${moment}-${randomBytes(3).toString('hex')}`;
}
