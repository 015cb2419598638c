import path from 'node:path';
import { mutantKinds, type MutantKindName } from '../test/faults/mutants/kinds.js';
import { runMutants } from '../test/faults/mutants/runMutants.js';
import { endurance } from './soak/endurance.js';
import { faultTable, SoakRecord, type TriesReport } from './soak/faultCounts.js';
import { interruptKernels, killKernels } from './soak/kernelEnds.js';

/** The full counts; `--share=0.1` takes a tenth of each. */
const counts = { kills: 60, interrupts: 40, videos: 1000, runs: 300, notebooks: 100, models: 100 } as const;
const enduranceCounts = { cells: 300, edits: 60 } as const;

/** A mutant that takes longer hangs, and so does a kernel that is to end; `--patience=60` on a machine that others use too. */
const patienceSeconds = 10;

/** So many are made before what came of them is written down. */
const atOnce = { kills: 2, interrupts: 5, videos: 50, runs: 50, notebooks: 50, models: 25 } as const;

/**
 * Hours of bad luck (build first): kernels killed and interrupted at random moments, mutated videos, captured runs, notebooks
 * and model folders, and one kernel that works for long. Prints one table; its goals are 0 in every column, and memory growth
 * of 10 %. `--seed=7` draws others (the seed is printed), `--only=kills,endurance` leaves the others out, and
 * `--record=soak.json` keeps what is done in a file: the same command goes on from there after it was stopped.
 */
export async function soak(): Promise<object> {
  const [share, patienceMs] = [Number(flag('share') ?? 1), Number(flag('patience') ?? patienceSeconds) * 1000];
  const file = flag('record');
  const record = new SoakRecord(file && path.resolve(file), flag('seed') === undefined ? undefined : Number(flag('seed')));
  const { seed } = record;
  console.error(`Seed ${seed}, patience ${patienceMs / 1000} s${file ? `, kept in ${file}` : ''}`);
  const times = (count: number): number => Math.max(1, Math.round(count * share));
  const wanted = (part: string): boolean => flag('only')?.split(',').includes(part) ?? true;
  const goals: Record<string, number> = {};
  for (const part of Object.keys(counts) as (keyof typeof counts)[]) {
    if (!wanted(part)) continue;
    goals[part] = times(counts[part]);
    while (record.done(part) < goals[part]) {
      const from = record.done(part);
      const order = { from, count: Math.min(atOnce[part], goals[part] - from), seed, patienceMs };
      record.add(part, await tries(part, order));
      console.error(`${part}: ${record.done(part)} of ${goals[part]}, ${record.parts[part]!.faults.length} faults`);
    }
  }
  const held = wanted('endurance') ? await endurance(times(enduranceCounts.cells), times(enduranceCounts.edits)) : undefined;
  console.error(`\n${faultTable(record.parts, goals)}\n`);
  return { seed, patienceMs, parts: record.parts, endurance: held };
}

function tries(part: keyof typeof counts, order: { from: number; count: number; seed: number; patienceMs: number }): Promise<TriesReport> {
  if (part === 'kills') return killKernels(order);
  if (part === 'interrupts') return interruptKernels(order);
  return part in mutantKinds ? runMutants(part as MutantKindName, order) : Promise.reject(new Error(part));
}

/** What `--name=…` says on the command line. */
function flag(name: string): string | undefined {
  return process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
}
