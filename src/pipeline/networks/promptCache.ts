import { lstat, mkdir, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, encodeTensorRecord, readTensorRecord, sweepDrafts, type Tensor, writeWhole } from '../core/index.js';

/** Bytes of prompts that are kept, together; a prompt of Wan takes up to 8 MB. Those that were used last stay. */
const MOST_BYTES = 256 << 20;

/** Larger than any entry: what is larger is not read. */
const MOST_ENTRY_BYTES = 64 << 20;

/** The name under which a prompt's one output is kept. */
const OUTPUT = 'embeddings';

const entryName = /^[0-9a-f]{64}\.embedding$/;

/** What is kept of prompts: how many there are, and bytes. */
export interface KeptPrompts {
  /** The folder. */
  readonly folder: string;
  /** How many. */
  readonly count: number;
  /** Bytes of their files. */
  readonly bytes: number;
}

/**
 * What large text encoders made of prompts, in a folder that only this user can read. Files are named by digests; in them are numbers and no text. One that is damaged is not
 * believed, and goes.
 */
export class PromptCache {
  /** @param folder where it is. @param mostBytes that its entries take together. */
  constructor(
    readonly folder = path.join(cacheFolder(), 'prompts'),
    private readonly mostBytes = MOST_BYTES,
  ) {}

  /** Whether an entry is there; reading it tells whether it is whole. */
  async has(key: string): Promise<boolean> {
    const entry = await lstat(this.place(key)).catch(() => undefined);
    return entry?.isFile() === true;
  }

  /** What is kept under a key; undefined where nothing is. */
  async find(key: string): Promise<Tensor | undefined> {
    if (!(await this.has(key))) return undefined;
    const place = this.place(key);
    const kept = await this.read(place, key).catch(() => undefined);
    const now = new Date();
    // Using an entry keeps it young; it may stand on a drive that cannot be written to.
    await (kept ? utimes(place, now, now) : rm(place, { force: true })).catch(() => undefined);
    return kept;
  }

  /**
   * Keeps what a prompt became, and forgets the oldest ones that there is no more room for.
   *
   * @returns whether it is kept: there may be no room, or nothing may be writable.
   */
  async keep(key: string, embeddings: Tensor, seconds: number): Promise<boolean> {
    const bytes = encodeTensorRecord({ key, work: { seconds, operations: 0 }, tensors: { [OUTPUT]: embeddings } });
    if (bytes.length > Math.min(this.mostBytes, MOST_ENTRY_BYTES)) return false;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await sweepDrafts(this.folder);
      await writeWhole(this.place(key), (draft) => writeFile(draft, bytes, { flag: 'wx', mode: 0o600 }));
      await this.forgetOldest();
      return true;
    } catch {
      return false;
    }
  }

  /** What there is. */
  async kept(): Promise<KeptPrompts> {
    const entries = await this.entries();
    return { folder: this.folder, count: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Forgets all. @returns what there was. */
  async clear(): Promise<KeptPrompts> {
    const before = await this.kept();
    for (const { file } of await this.entries()) await rm(file, { force: true });
    await sweepDrafts(this.folder);
    return before;
  }

  private place(key: string): string {
    return path.join(this.folder, `${key}.embedding`);
  }

  private async read(place: string, key: string): Promise<Tensor | undefined> {
    const file = await open(place, 'r');
    try {
      const { size } = await file.stat();
      const record = size > MOST_ENTRY_BYTES ? undefined : await readTensorRecord(file, 0, size);
      return record?.key === key ? record.tensors[OUTPUT] : undefined;
    } finally {
      await file.close();
    }
  }

  private async entries(): Promise<{ file: string; bytes: number; used: number }[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => entryName.test(name));
    const found = names.map(async (name) => {
      const file = path.join(this.folder, name);
      const entry = await stat(file).catch(() => undefined);
      return entry ? [{ file, bytes: entry.size, used: entry.mtimeMs }] : [];
    });
    return (await Promise.all(found)).flat();
  }

  private async forgetOldest(): Promise<void> {
    const youngest = (await this.entries()).sort((a, b) => b.used - a.used);
    let total = 0;
    for (const { file, bytes } of youngest) {
      total += bytes;
      if (total > this.mostBytes) await rm(file, { force: true });
    }
  }
}
