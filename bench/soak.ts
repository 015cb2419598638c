import { mutantKinds, type MutantKindName } from '../test/faults/mutants/kinds.js';
import { Chance } from '../test/faults/mutants/chance.js';
import { runMutants } from '../test/faults/mutants/runMutants.js';
import { endurance } from './soak/endurance.js';
import { interruptKernels, killKernels } from './soak/kernelEnds.js';

/** The full counts; `--share=0.1` takes a tenth of each. */
const counts = { videos: 1000, runs: 300, notebooks: 100, models: 100, kills: 60, interrupts: 40, cells: 300, edits: 60 } as const;

/** A mutant that takes longer hangs; `--patience=60` on a machine that others use too. */
const patienceSeconds = 10;

/**
 * Hours of bad luck (build first): mutated videos, captured runs, notebooks and model folders, kernels killed and interrupted
 * at random moments, and one kernel that works for long. `--seed=7` draws others. Goals: 0 crashes, raw errors, hangs, lost
 * outputs, broken next runs and leftovers; memory growth of 10 %. `--only=kills,endurance` leaves the others out.
 */
export async function soak(): Promise<object> {
  const given = (name: string, usual: number): number => Number(flag(name) ?? usual);
  const [share, seed, patienceMs] = [given('share', 1), given('seed', Date.now() % 100_000), given('patience', patienceSeconds) * 1000];
  const times = (count: number): number => Math.max(1, Math.round(count * share));
  const parts: Record<string, () => Promise<object>> = {
    ...Object.fromEntries(
      (Object.keys(mutantKinds) as MutantKindName[]).map((kind) => [
        kind,
        () => runMutants(kind, { count: times(counts[kind]), seed, patienceMs }),
      ]),
    ),
    kills: () => killKernels(times(counts.kills), new Chance(seed)),
    interrupts: () => interruptKernels(times(counts.interrupts), new Chance(seed)),
    endurance: () => endurance(times(counts.cells), times(counts.edits)),
  };
  const only = flag('only')?.split(',');
  const results: Record<string, object> = { seed: { seed, share } };
  for (const [name, run] of Object.entries(parts)) {
    if (only && !only.includes(name)) continue;
    results[name] = await run();
    console.error(name, results[name]);
  }
  return results;
}

/** What `--name=…` says on the command line. */
function flag(name: string): string | undefined {
  return process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
}
