import { readdirSync, readFileSync } from 'node:fs';
import { round } from '../overhead.js';
import { editing, preparation, SoakPlace } from './soakKernel.js';

/** What a kernel holds at one moment. */
interface Holdings {
  /** Megabytes of memory that are its own. */
  megabytes: number;
  /** Open files, pipes and sockets. */
  files: number;
  /** Handles that keep Node's loop going. */
  handles: number;
}

/** Many cells and edits in one kernel: what it holds once it is warm, and at the end. Goals: growth ≤ 10 %, the rest level. */
export async function endurance(cells: number, edits: number): Promise<object> {
  const place = new SoakPlace();
  const kernel = await place.kernel();
  let handles = 0;
  kernel.main.on('stream', ({ text }) => (handles = Number(/^handles (\d+)/m.exec(text)?.[1] ?? handles)));
  const holdings = async (): Promise<Holdings> => {
    await kernel.execute("globalThis.gc?.(); await new Promise((resolve) => setTimeout(resolve, 300)); console.log(`handles ${process.getActiveResourcesInfo().length}`);");
    return { megabytes: residentMegabytes(kernel.pid!), files: filesOf(kernel.pid!), handles };
  };
  try {
    await kernel.execute(preparation);
    const rounds = Math.max(2, edits);
    const perRound = Math.max(1, Math.round(cells / rounds));
    let warm: Holdings | undefined;
    for (let at = 0; at < rounds; at++) {
      // What warms up (compiled code, pools, caches) has done so after a third.
      if (at === Math.ceil(rounds / 3)) warm = await holdings();
      for (let cell = 0; cell < perRound; cell++) await kernel.execute(`const made${cell} = Array.from({ length: 1000 }, (_, i) => i * ${at});\nconsole.log(made${cell}.length);`);
      const { status, error } = await kernel.execute(`{ ${editing(4, at)} }`);
      if (status !== 'ok') throw new Error(`Edit ${at} ended with ${status}: ${error?.stack}`);
    }
    const end = await holdings();
    return { cells: rounds * perRound, edits: rounds, warm, end, memoryGrowthPercent: round((end.megabytes / warm!.megabytes - 1) * 100), goals: { memoryGrowthPercent: 10, files: 'level', handles: 'level' } };
  } finally {
    await kernel.stop();
    place.close();
  }
}

/** Linux: anonymous memory, without what files back. NaN elsewhere. */
function residentMegabytes(pid: number): number {
  try {
    return round(Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000);
  } catch {
    return NaN;
  }
}

function filesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return NaN;
  }
}
