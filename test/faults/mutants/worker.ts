// A process that makes mutants and uses them, one after the other, and says before each what it is and after each what came of
// it. runMutants.ts watches it from outside: a crash or a hang here ends this process and nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameloomError } from '../../../src/pipeline/core/errors.js';
import { Chance } from './chance.js';
import { emptied, mutantKinds } from './kinds.js';
import type { MutantKindName } from './kinds.js';

/** What the process is told: a kind, its seed, and where to begin and end. */
export interface MutantOrder {
  readonly kind: MutantKindName;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Where what the mutants are made from lies; made when it is not there. */
  readonly base: string;
  readonly prepare: boolean;
}

/** What it says. */
export type MutantReport =
  | { readonly type: 'ready' }
  | { readonly type: 'begins'; readonly index: number; readonly what: string }
  | {
      readonly type: 'ended';
      readonly index: number;
      readonly outcome: 'fine' | 'refused' | 'raw';
      readonly message: string;
      readonly seconds: number;
    };

const say = (report: MutantReport): void => void process.send?.(report);

async function main({ kind, seed, from, to, base, prepare }: MutantOrder): Promise<void> {
  const { prepare: make, mutate, use } = mutantKinds[kind];
  if (prepare) await make(base);
  say({ type: 'ready' });
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-mutants-'));
  for (let index = from; index < to; index++) {
    const what = mutate(new Chance(seed, index), base, emptied(folder)).replaceAll(`${folder}${path.sep}`, '');
    say({ type: 'begins', index, what });
    const began = performance.now();
    const [outcome, message] = await use(folder).then(
      () => ['fine', ''] as const,
      (error: unknown) =>
        [
          error instanceof FrameloomError ? 'refused' : 'raw',
          error instanceof FrameloomError
            ? `${error.code} ${error.message}`
            : error instanceof Error
              ? (error.stack ?? error.message)
              : String(error),
        ] as const,
    );
    say({ type: 'ended', index, outcome, message: message.slice(0, 1500), seconds: (performance.now() - began) / 1000 });
  }
  rmSync(folder, { recursive: true, force: true });
  process.disconnect();
}

process.once('message', (order: MutantOrder) => {
  main(order).catch((error: unknown) => {
    console.error(error);
    process.exit(70);
  });
});
