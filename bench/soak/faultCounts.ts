import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What is counted of everything that was tried, in the order of the table's columns. */
export const faultColumns = {
  outputsLost: 'outputs lost',
  nextRunsBroken: 'next runs broken',
  leftovers: 'temporary files after',
  crashed: 'crashes',
  raw: 'raw errors',
  hung: 'hangs',
} as const;

/** A number for every column. */
export type FaultCounts = Record<keyof typeof faultColumns, number>;

/** What came of some tries of one kind. */
export interface TriesReport extends FaultCounts {
  /** How many were made. */
  tries: number;
  /** What was wrong, with what makes it again. */
  faults: string[];
}

/** A report of nothing. */
export function noTries(): TriesReport {
  return { tries: 0, outputsLost: 0, nextRunsBroken: 0, leftovers: 0, crashed: 0, raw: 0, hung: 0, faults: [] };
}

/** Adds what came of further tries. */
export function addTries(to: TriesReport, more: TriesReport): TriesReport {
  for (const key of ['tries', ...(Object.keys(faultColumns) as (keyof FaultCounts)[])] as const) to[key] += more[key];
  to.faults.push(...more.faults);
  return to;
}

/** What a soak has done so far, by part: in a file, when one is named, so that it goes on where it was stopped. */
export class SoakRecord {
  readonly parts: Record<string, TriesReport>;
  readonly seed: number;

  /** @param file where it is kept. Another seed than the file's is refused: its counts would be of other tries. */
  constructor(
    private readonly file: string | undefined,
    seed: number | undefined,
  ) {
    const kept =
      file !== undefined && existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as { seed: number; parts: Record<string, TriesReport> })
        : undefined;
    if (kept && seed !== undefined && seed !== kept.seed) throw new Error(`${file} is of seed ${kept.seed}, not of ${seed}.`);
    this.seed = kept?.seed ?? seed ?? Date.now() % 100_000;
    this.parts = kept?.parts ?? {};
  }

  /** How many tries of a part are done. */
  done(part: string): number {
    return this.parts[part]?.tries ?? 0;
  }

  /** Adds tries and writes them down. */
  add(part: string, report: TriesReport): void {
    addTries((this.parts[part] ??= noTries()), report);
    if (this.file === undefined) return;
    writeFileSync(`${this.file}.new`, JSON.stringify({ seed: this.seed, parts: this.parts }, undefined, 1));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** One line a part, one column a count, and a line of sums; then every fault. */
export function faultTable(parts: Readonly<Record<string, TriesReport>>, goals: Readonly<Record<string, number>>): string {
  const sum = Object.values(parts).reduce(addTries, noTries());
  const lines = Object.entries({ ...parts, all: sum }).map(([part, { tries, faults: _, ...counts }]) => [
    part,
    goals[part] === undefined ? `${tries}` : `${tries} of ${goals[part]}`,
    ...(Object.keys(faultColumns) as (keyof FaultCounts)[]).map((key) => `${counts[key]}`),
  ]);
  const rows = [['', 'tries', ...Object.values(faultColumns)], ...lines];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const drawn = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  return [...drawn, ...sum.faults.map((fault) => `\n- ${fault}`)].join('\n');
}
