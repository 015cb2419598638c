import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CallKeeper, CallWork } from './callKeeper.js';
import { draftMark, isForgotten } from './draftMark.js';
import { FrameloomError } from './errors.js';
import { encodeTensorRecord, findTensorRecord, readTensorRecord, recordBytes, type RecordPlace } from './tensorRecord.js';
import type { Tensor } from './tensor.js';

/*
 * A journal of what networks computed in a run: one line of JSON that says which run it is, then a record for each call, appended as it is made. A process
 * that is killed loses the call that it was at. Scheduler, noise and what an editing method remembers are not stored: the run is made again from its beginning, with the
 * same seed, and each call that is kept is answered in its place. So the result is that of a run that was never interrupted, whatever the method.
 */

/** Bytes of all that is kept of a run, at the most. */
const MOST_BYTES = 4 * 2 ** 30;

/** Bytes of one call that are kept at the most. */
const MOST_CALL_BYTES = 256 << 20;

/** Bytes that are worth keeping for a second of computing: more are computed again as fast as they are read. */
const BYTES_PER_SECOND = 32 << 20;

/** Longest first line. */
const LONGEST_LINE = 1 << 20;

/** Milliseconds after which what was written is flushed to the drive, against a power cut. */
const FLUSH_AFTER = 10_000;

/** Milliseconds after which a journal counts as left, whatever its mark says: process ids are given anew, and those of other machines say nothing here. */
const LEFT_AFTER = 900_000;

/** Characters that the mark of the process at work is padded to, so that it can be changed in its place. */
const MARK_LENGTH = 64;

/** What a run is known by: names and values, as a person would say them. */
export type RunFacts = Readonly<Record<string, unknown>>;

/** What its first line says. */
interface FirstLine {
  /** The process that writes it. */
  owner: string;
  journal: 2;
  seed: number;
  facts: RunFacts;
}

/** The journal of one run. */
export class CallJournal implements CallKeeper {
  /** Paths of those that this process has open. */
  private static readonly opened = new Set<string>();
  /** Calls that were answered from it. */
  taken = 0;
  before: CallWork = { seconds: 0, operations: 0 };
  private places = new Map<string, RecordPlace>();
  private flushed = Date.now();
  private full = false;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private end: number,
    /** The seed of the run: of a new one that which was given, else that of its beginning. */
    readonly seed: number,
    private readonly onNotice: (text: string) => void,
  ) {}

  /**
   * Begins a journal, or takes up the one that is there.
   *
   * @param facts what a run is known by; the journal of one with others is refused.
   * @param seed of a run that begins; one that is taken up has its own.
   * @throws {FrameloomError} `FL_RESUME_OTHER` for the journal of another run, naming what differs; `FL_RESUME_BUSY` where a process is at it; `FL_RESUME_FILE` for a file
   * that is no journal, or a place that cannot be written to.
   */
  static async open(path: string, facts: RunFacts, seed: number, onNotice: (text: string) => void): Promise<CallJournal> {
    const place = resolve(path);
    if (CallJournal.opened.has(place)) throw journalErrors.busy(path, 'another call');
    CallJournal.opened.add(place);
    try {
      return await CallJournal.openFile(path, facts, seed, onNotice);
    } catch (error) {
      CallJournal.opened.delete(place);
      throw error;
    }
  }

  private static async openFile(path: string, facts: RunFacts, seed: number, onNotice: (text: string) => void): Promise<CallJournal> {
    const entry = await lstat(path).catch(() => undefined);
    if (entry && !entry.isFile()) throw journalErrors.file(path, 'is not what an interrupted run left');
    const file = await open(path, 'r+')
      .catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? open(path, 'wx+', 0o600) : Promise.reject(error)))
      .catch((cause: Error) => {
        throw journalErrors.file(path, `cannot be written: ${cause.message}`, cause);
      });
    try {
      const { size, mtimeMs } = await file.stat();
      const kept = await readFirstLine(file, size);
      if (size > 0 && !kept) throw journalErrors.file(path, 'is not what an interrupted run left');
      if (!kept) return await CallJournal.begun(path, file, facts, seed, onNotice);
      const { line } = kept;
      requireLeft(path, line.owner, mtimeMs);
      requireSame(path, line.facts, facts);
      await file.write(ownerText(draftMark()), kept.ownerAt);
      const journal = new CallJournal(path, file, kept.end, line.seed, onNotice);
      await journal.findAll(size);
      journal.before = journal.work;
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private static async begun(
    path: string,
    file: FileHandle,
    facts: RunFacts,
    seed: number,
    onNotice: (text: string) => void,
  ): Promise<CallJournal> {
    const line: FirstLine = { owner: draftMark().padEnd(MARK_LENGTH), journal: 2, seed, facts };
    const { bytesWritten } = await file.write(`${JSON.stringify(line)}\n`, 0);
    await file.sync();
    return new CallJournal(path, file, bytesWritten, seed, onNotice);
  }

  /** Calls that it holds, seconds that they took, and bytes. */
  get kept(): { readonly calls: number; readonly seconds: number; readonly bytes: number } {
    const seconds = [...this.places.values()].reduce((sum, { work }) => sum + work.seconds, 0);
    return { calls: this.places.size, seconds, bytes: this.end };
  }

  async find(key: string): Promise<Record<string, Tensor> | undefined> {
    const place = this.places.get(key);
    const record = place && (await readTensorRecord(this.file, place.start, place.end));
    // One that was damaged is computed anew.
    if (record?.key !== key) return undefined;
    this.taken++;
    return { ...record.tensors };
  }

  async keep(key: string, outputs: Readonly<Record<string, Tensor>>, work: CallWork): Promise<void> {
    const bytes = recordBytes(outputs);
    if (this.full || bytes > MOST_CALL_BYTES || bytes > work.seconds * BYTES_PER_SECOND + 2 ** 20 || this.end + bytes > MOST_BYTES) return;
    const record = encodeTensorRecord({ key, work, tensors: outputs });
    try {
      const start = this.end;
      for (let written = 0; written < record.length;)
        written += (await this.file.write(record, written, record.length - written, start + written)).bytesWritten;
      if (Date.now() - this.flushed > FLUSH_AFTER) {
        await this.file.sync();
        this.flushed = Date.now();
      }
      this.end = start + record.length;
      this.places.set(key, { key, work, start, end: this.end });
    } catch (error) {
      this.full = true;
      this.onNotice(`What is done is no longer kept in ${this.path}: ${(error as Error).message}. The run goes on.`);
    }
  }

  /** Ends its use; it stays for the next time. */
  async close(): Promise<void> {
    await this.file.sync().catch(() => undefined);
    await this.giveBack();
  }

  /** Ends its use and removes it: the run is finished. */
  async remove(): Promise<void> {
    await this.giveBack();
    await rm(this.path, { force: true });
  }

  private async giveBack(): Promise<void> {
    CallJournal.opened.delete(resolve(this.path));
    await this.file.close();
  }

  /** Work that is counted when a run's time is told. */
  private get work(): CallWork {
    const counted = [...this.places.values()].map(({ work }) => work).filter(({ operations }) => operations > 0);
    return counted.reduce((sum, { seconds, operations }) => ({ seconds: sum.seconds + seconds, operations: sum.operations + operations }), {
      seconds: 0,
      operations: 0,
    });
  }

  /** Finds the records; what follows the last whole one was being written when the process ended, and goes. */
  private async findAll(size: number): Promise<void> {
    for (let place = await findTensorRecord(this.file, this.end, size); place; place = await findTensorRecord(this.file, this.end, size)) {
      this.places.set(place.key, place);
      this.end = place.end;
    }
    await this.file.truncate(this.end);
  }
}

async function readFirstLine(file: FileHandle, size: number): Promise<{ line: FirstLine; ownerAt: number; end: number } | undefined> {
  const bytes = Buffer.alloc(Math.min(size, LONGEST_LINE));
  await file.read(bytes, 0, bytes.length, 0);
  const end = bytes.indexOf('\n') + 1;
  try {
    const line = JSON.parse(bytes.toString('utf8', 0, end)) as Partial<FirstLine>;
    const { owner, journal, seed, facts } = line;
    const whole = typeof owner === 'string' && journal === 2 && Number.isSafeInteger(seed) && typeof facts === 'object' && facts !== null;
    return whole ? { line: line as FirstLine, ownerAt: '{"owner":"'.length, end } : undefined;
  } catch {
    return undefined;
  }
}

function ownerText(mark: string): string {
  return mark.padEnd(MARK_LENGTH);
}

function requireLeft(path: string, owner: string, changed: number): void {
  const [, pid, machine] = /^(\d+)-\d+-(\w+)/.exec(owner) ?? [];
  if (pid === String(process.pid) || isForgotten(owner) || Date.now() - changed > LEFT_AFTER) return;
  const isHere = draftMark().endsWith(`-${machine}`);
  throw journalErrors.busy(path, isHere ? `process ${pid}` : 'another machine');
}

/** @throws {FrameloomError} naming the first thing in which two runs differ. */
function requireSame(path: string, begun: RunFacts, now: RunFacts): void {
  const text = (value: unknown) => (value === undefined || value === null ? 'not given' : JSON.stringify(value));
  const cut = (value: unknown) => (text(value).length > 120 ? `${text(value).slice(0, 120)}…` : text(value));
  for (const name of new Set([...Object.keys(begun), ...Object.keys(now)]))
    if (text(begun[name]) !== text(now[name])) throw journalErrors.other(path, name, cut(begun[name]), cut(now[name]));
}

const journalErrors = {
  other: (path: string, name: string, begun: string, now: string) =>
    new FrameloomError(
      'FL_RESUME_OTHER',
      `${path} is of a run that was interrupted, with another ${name}: ${begun} then, ${now} now. Run that again to take it up, or delete the file to begin anew.`,
    ),
  busy: (path: string, who: string) =>
    new FrameloomError(
      'FL_RESUME_BUSY',
      `${path} is being written by ${who}, which makes the same result. Wait for it to end, or choose another place.`,
    ),
  file: (path: string, problem: string, cause?: Error) =>
    new FrameloomError('FL_RESUME_FILE', `${path} ${problem}. Delete it, or choose another place.`, { cause }),
};
