import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Draft, ForeignFileProblem, FrameloomError, linkBelow, readForeignText, sweepDrafts } from '../core/index.js';
import { Video } from '../video/index.js';
import type { CellRecord } from './cells.js';
import { experimentErrors } from './errors.js';

/** A record as it stands in its file: pictures know no rate. */
interface StoredRecord extends CellRecord {
  readonly fps: number;
}

/** A cell as it is kept. */
export interface KeptCell {
  readonly record: CellRecord;
  readonly video: Video;
}

/** Where cells are kept by their id. */
export interface CellStore {
  /** The cell of this id; undefined where there is none yet. */
  find(id: string): Promise<KeptCell | undefined>;
  /** Keeps a cell, complete or not at all, and takes its clip over. @returns the cell as it will be found. */
  keep(id: string, cell: KeptCell): Promise<KeptCell>;
}

/** Keeps cells as long as it lives. */
export class MemoryStore implements CellStore {
  private readonly cells = new Map<string, KeptCell>();

  async find(id: string): Promise<KeptCell | undefined> {
    return this.cells.get(id);
  }

  async keep(id: string, cell: KeptCell): Promise<KeptCell> {
    this.cells.set(id, cell);
    return cell;
  }
}

/** The frames of a cell in its folder. */
const FRAMES = path.join('frames', '%04d.png');
/** Bytes of a record. */
const MOST_BYTES = 1 << 20;

/**
 * Keeps cells in a folder, each in a folder of its own named after its id: `cell.json`, and the frames as pictures, which hold every
 * pixel as it was. A cell appears when all of it is written; what a killed process left half-written is swept.
 */
export class FolderStore implements CellStore {
  private swept = false;

  /**
   * @param base the folder below which no link is followed.
   * @param folder where cells are kept; `base` or below it. Made when the first comes.
   * @param onNotice told of a cell that is there and cannot be read; it is made again.
   */
  constructor(
    private readonly base: string,
    private readonly folder: string,
    private readonly onNotice: (notice: string) => void,
  ) {}

  async find(id: string): Promise<KeptCell | undefined> {
    const place = await this.placeOf(id);
    if (!this.swept) await sweepDrafts(this.folder);
    this.swept = true;
    try {
      const record = readRecord(await readForeignText(path.join(place, 'cell.json'), MOST_BYTES));
      return { record, video: await openFrames(place, record.fps) };
    } catch (error) {
      // Cleaning up takes a cell's files and may leave its folder.
      if (error instanceof ForeignFileProblem && error.isMissing) return undefined;
      if (!(error instanceof ForeignFileProblem || error instanceof FrameloomError || error instanceof SyntaxError)) throw error;
      this.onNotice(`The cell kept in ${JSON.stringify(place)} is damaged (${error.message}) and is made again.`);
      return undefined;
    }
  }

  async keep(id: string, { record, video }: KeptCell): Promise<KeptCell> {
    const place = await this.placeOf(id);
    const draft = new Draft(place);
    try {
      await mkdir(draft.path, { recursive: true });
      await video.save(path.join(draft.path, FRAMES));
      await writeFile(path.join(draft.path, 'cell.json'), writeRecord({ ...record, fps: video.fps }), { flush: true });
      await draft.commit();
    } catch (error) {
      throw (error as NodeJS.ErrnoException).syscall === undefined ? error : experimentErrors.output(this.folder, error);
    } finally {
      await draft.discard();
    }
    // From now on its frames are read from there: sixty clips in memory would be too many.
    await video.close();
    return { record, video: await openFrames(place, video.fps) };
  }

  private async placeOf(id: string): Promise<string> {
    const place = path.join(this.folder, id);
    const link = await linkBelow(this.base, place);
    if (link !== undefined) throw experimentErrors.link(link);
    return place;
  }
}

function openFrames(place: string, fps: number): Promise<Video> {
  return Video.open(path.join(place, FRAMES), { fps });
}

/** JSON has no infinity, which is what the PSNR of equal clips is. */
function writeRecord(record: StoredRecord): string {
  return JSON.stringify(record, (_, value: unknown) => (value === Infinity ? 'Infinity' : value), 1);
}

/** @throws {SyntaxError} for what {@link writeRecord} cannot have written. */
function readRecord(text: string): StoredRecord {
  const { seconds, fps, metrics, labels, code } = (JSON.parse(text) ?? {}) as Partial<StoredRecord>;
  const numbers = Object.entries(metrics ?? {}).map(([name, value]) => [name, Number(value)] as const);
  const fits =
    typeof seconds === 'number' &&
    typeof fps === 'number' &&
    typeof code === 'string' &&
    typeof metrics === 'object' &&
    numbers.every(([, value]) => !Number.isNaN(value)) &&
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((label) => typeof label === 'string');
  if (!fits) throw new SyntaxError('cell.json is no record of a cell');
  return { seconds, fps, metrics: Object.fromEntries(numbers), labels, code };
}
