import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { round } from './overhead.js';

/** One call or edit. */
export interface Measured {
  readonly wall: number;
  readonly cpu: number;
  /** Most memory that the process has had so far, pages of mapped files included. */
  readonly peakGB: number;
  /** Most memory of its own at any time, without pages of files. */
  readonly ownGB?: number;
}

/** How often a process's memory is looked at while it works, ms. */
const LOOK = 100;

/** Memory that is a process's own, without pages of files, GB; NaN where that cannot be told (other systems than Linux). */
function ownMemory(pid: number): number {
  try {
    return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1e6;
  } catch {
    return NaN;
  }
}

/** A process that does one thing whenever it is asked to. */
export class Contestant {
  /** Wall seconds until it was ready. */
  readonly ready: Promise<Record<string, unknown>>;
  readonly results: Measured[] = [];
  /** Most memory of its own that was seen while it worked, without pages of files, GB; 0 where that cannot be told. */
  mostOwnGB = 0;
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(
    readonly name: string,
    command: readonly string[],
  ) {
    this.child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ready = this.answer();
  }

  /** Has it done once. Its memory is looked at from here, since a call keeps its own thread. */
  async measure(): Promise<void> {
    const look = setInterval(() => (this.mostOwnGB = Math.max(this.mostOwnGB, ownMemory(this.child.pid!) || 0)), LOOK);
    this.child.stdin.write('go\n');
    try {
      this.results.push((await this.answer()) as unknown as Measured);
    } finally {
      clearInterval(look);
    }
  }

  end(): void {
    this.child.stdin.end();
  }

  private async answer(): Promise<Record<string, unknown>> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.name} ended before its time.`);
    return JSON.parse(value) as Record<string, unknown>;
  }
}

/** All of them in turn, the first of each, which warms it up, left out. @returns by name: least seconds of a call, and memory. */
export async function inTurn(contestants: readonly Contestant[], times: number): Promise<Record<string, Record<string, unknown>>> {
  const facts = new Map<string, Record<string, unknown>>();
  for (const contestant of contestants) facts.set(contestant.name, await contestant.ready);
  for (let i = 0; i <= times; i++) for (const contestant of contestants) await contestant.measure();
  return Object.fromEntries(
    contestants.map((contestant) => {
      contestant.end();
      const { results, name } = contestant;
      const calls = results.length > 1 ? results.slice(1) : results;
      const least = (key: 'wall' | 'cpu') => round(Math.min(...calls.map((result) => result[key])));
      const last = results.at(-1)!;
      return [
        name,
        {
          ...facts.get(name),
          wall: least('wall'),
          cpu: least('cpu'),
          peakGB: round(last.peakGB),
          mostOwnGB: round(contestant.mostOwnGB),
          ...(last.ownGB === undefined ? {} : { ownGB: round(last.ownGB) }),
        },
      ];
    }),
  );
}
