import { spawn } from 'node:child_process';
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

/** A process that does one thing whenever it is asked to. */
export class Contestant {
  /** Wall seconds until it was ready. */
  readonly ready: Promise<Record<string, unknown>>;
  readonly results: Measured[] = [];
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

  async measure(): Promise<void> {
    this.child.stdin.write('go\n');
    this.results.push((await this.answer()) as unknown as Measured);
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
          ...(last.ownGB === undefined ? {} : { ownGB: round(last.ownGB) }),
        },
      ];
    }),
  );
}
