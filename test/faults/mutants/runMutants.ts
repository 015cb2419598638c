import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noTries, type TriesReport } from '../../../bench/soak/faultCounts.js';
import type { MutantKindName } from './kinds.js';
import { afterOwnTime } from './patience.js';
import type { MutantOrder, MutantReport } from './worker.js';

/** What came of many mutants: nothing else than `fine` or `refused` is right. */
export interface MutantTally extends TriesReport {
  /** Used as if nothing were wrong. */
  fine: number;
  /** Refused with a sentence of ours. */
  refused: number;
  /** Seconds of the slowest that ended. */
  slowest: number;
}

/** How many, and for how long one may take. */
export interface MutantOptions {
  readonly count: number;
  readonly seed: number;
  /** A mutant that takes longer hangs. */
  readonly patienceMs: number;
  /** Where to begin, to make one again. */
  readonly from?: number;
}

/** Makes and uses mutants of a kind in a process of their own, which is started anew after each that it does not survive. */
export async function runMutants(kind: MutantKindName, { count, seed, patienceMs, from = 0 }: MutantOptions): Promise<MutantTally> {
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-mutant-base-'));
  const [base, temporary] = [path.join(folder, 'base'), path.join(folder, 'temporary')];
  for (const each of [base, temporary]) mkdirSync(each);
  const tally: MutantTally = { ...noTries(), tries: count, fine: 0, refused: 0, slowest: 0 };
  try {
    let next = from;
    for (let prepare = true; next < from + count; prepare = false)
      next = await round({ kind, seed, from: next, to: from + count, base, prepare }, temporary, patienceMs, tally);
    // Those of a process that was killed are swept by the next that starts, and the last one of all may be it.
    const left = tally.hung + tally.crashed > 0 ? [] : readdirSync(temporary).filter((name) => !/^(tsx-|node-compile-cache)/.test(name));
    tally.leftovers = left.length;
    if (left.length > 0) tally.faults.push(`${kind} from ${from} to ${from + count}, seed ${seed}, left ${left.join(', ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}

/** One process. @returns the index to go on with. */
function round(order: MutantOrder, temporary: string, patienceMs: number, tally: MutantTally): Promise<number> {
  // tsx in a process of its own, whose errors are shown when it ends badly.
  const child = fork(path.join(__dirname, 'worker.ts'), [], {
    execArgv: ['--import=tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, TMPDIR: temporary },
  });
  let lastWords = '';
  child.stderr?.on('data', (part: Buffer) => (lastWords = (lastWords + part.toString()).slice(-1500)));
  let [at, what, hung] = [order.from, 'preparing', false];
  let stopWaiting = (): void => undefined;
  const wait = (ms: number): void => {
    stopWaiting();
    stopWaiting = afterOwnTime(ms, () => {
      hung = true;
      child.kill('SIGKILL');
    });
  };
  const fault = (kind: string, message: string): void =>
    void tally.faults.push(`${order.kind} ${kind}, seed ${order.seed}, index ${at}: ${what}\n${message}`);
  child.on('message', (report: MutantReport) => {
    wait(patienceMs);
    if (report.type === 'begins') [at, what] = [report.index, report.what];
    if (report.type !== 'ended') return;
    tally[report.outcome]++;
    tally.slowest = Math.max(tally.slowest, report.seconds);
    if (report.outcome === 'raw') fault('raw', report.message);
    at = report.index + 1;
  });
  wait(120_000 + patienceMs);
  child.send(order);
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      stopWaiting();
      if (at >= order.to) return resolve(at);
      if (what === 'preparing' || code === 70) return reject(new Error(`The mutants could not be made: ${lastWords}`));
      tally[hung ? 'hung' : 'crashed']++;
      fault(hung ? 'hung' : 'crashed', `code ${code}, signal ${signal}. ${lastWords}`);
      resolve(at + 1);
    });
  });
}
