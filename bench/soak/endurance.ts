import { readdirSync, readFileSync } from 'node:fs';
import { round } from '../overhead.js';
import { editing, preparation, SoakPlace } from './soakKernel.js';

/** What a kernel holds at one moment, its heap collected. */
interface Holdings {
  /** Megabytes of memory that are its own (Linux). V8's and malloc's room for more is part of it, and comes and goes. */
  resident: number;
  /** Megabytes of JavaScript values. */
  heapUsed: number;
  /** Megabytes outside the JavaScript heap: sessions of ONNX Runtime, tensors, the compiler's own memory (Linux). */
  outsideHeap: number;
  /** Open files, pipes and sockets (Linux). */
  files: number;
  /** Handles that keep Node's loop going, by kind. */
  handles: Readonly<Record<string, number>>;
}

/** A cell that gives the kernel's heap back as far as it can be and says what is held. */
const accounts = `{
  const collect = require('node:vm').runInNewContext('gc') as () => void;
  for (let time = 0; time < 3; time++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { heapUsed, heapTotal } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  console.log('holdings ' + JSON.stringify({ heapUsed, heapTotal, handles }));
}`;

/** Many cells and edits in one kernel: what it holds once it is warm, and at the end. Goals: growth ≤ 10 %, the rest level. */
export async function endurance(cells: number, edits: number): Promise<object> {
  const place = new SoakPlace();
  const kernel = await place.kernel();
  let printed = '';
  kernel.main.on('stream', ({ text }) => (printed += text));
  const holdings = async (): Promise<Holdings> => {
    printed = '';
    const { error } = await kernel.execute(accounts);
    const said = /^holdings (.*)$/m.exec(printed)?.[1];
    if (said === undefined) throw new Error(`The kernel did not say what it holds: ${error?.stack ?? printed}`);
    const { heapUsed, heapTotal, handles } = JSON.parse(said) as { heapUsed: number; heapTotal: number; handles: Record<string, number> };
    const resident = anonymousMegabytes(kernel.pid!);
    return {
      resident,
      heapUsed: round(heapUsed / 1e6),
      outsideHeap: round(resident - heapTotal / 1e6),
      files: filesOf(kernel.pid!),
      handles,
    };
  };
  try {
    for (const cell of ["require('node:v8').setFlagsFromString('--expose-gc');", preparation]) {
      const { status, error } = await kernel.execute(cell);
      if (status !== 'ok') throw new Error(`The kernel could not be prepared: ${error?.stack}`);
    }
    const rounds = Math.max(2, edits);
    const perRound = Math.max(1, Math.round(cells / rounds));
    let warm: Holdings | undefined;
    for (let at = 0; at < rounds; at++) {
      // What warms up (compiled code, pools, caches) has done so after a third.
      if (at === Math.ceil(rounds / 3)) warm = await holdings();
      for (let cell = 0; cell < perRound; cell++)
        await kernel.execute(`const made${cell} = Array.from({ length: 1000 }, (_, i) => i * ${at});\nconsole.log(made${cell}.length);`);
      const { status, error } = await kernel.execute(`{ ${editing(4, at)} }`);
      if (status !== 'ok') throw new Error(`Edit ${at} ended with ${status}: ${error?.stack}`);
    }
    const end = await holdings();
    const held = ({ heapUsed, outsideHeap }: Holdings): number => heapUsed + outsideHeap;
    return {
      cells: rounds * perRound,
      edits: rounds,
      warm,
      end,
      memoryGrowthPercent: round((held(end) / held(warm!) - 1) * 100),
      goals: { memoryGrowthPercent: 10, files: 'level', handles: 'level' },
    };
  } finally {
    await kernel.stop();
    place.close();
  }
}

/** Linux: anonymous memory, without what files back. NaN elsewhere. */
function anonymousMegabytes(pid: number): number {
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
