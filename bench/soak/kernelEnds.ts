import { Chance } from '../../test/faults/mutants/chance.js';
import { afterOwnTime } from '../../test/faults/mutants/patience.js';
import { noTries, type TriesReport } from './faultCounts.js';
import { editing, preparation, SoakPlace } from './soakKernel.js';

/** Which tries: the moment of each is drawn by the seed and its own number. */
export interface KernelTries {
  readonly from: number;
  readonly count: number;
  readonly seed: number;
  /** A kernel that takes longer to end hangs. */
  readonly patienceMs: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether something comes in time. */
function inTime(what: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const stopWaiting = afterOwnTime(ms, () => resolve(false));
    void what.then(() => {
      stopWaiting();
      resolve(true);
    });
  });
}

/** Kills a kernel with SIGKILL within an edit, again and again: what was put out is there, and the next kernel works and sweeps. */
export async function killKernels({ from, count, seed, patienceMs }: KernelTries): Promise<TriesReport> {
  const place = new SoakPlace();
  const result = noTries();
  try {
    for (let time = from; time < from + count; time++, result.tries++) {
      const kernel = await place.kernel();
      const printed: string[] = [];
      kernel.main.on('stream', ({ text }) => printed.push(text));
      await kernel.execute(preparation);
      for (let line = 0; line < 5; line++) await kernel.execute(`console.log('line ${line} of ${time}')`);
      const edit = kernel.execute(editing(400, time, true)).catch(() => undefined);
      await pause(new Chance(seed, time).below(1500));
      kernel.kill();
      if (!(await inTime(Promise.all([edit, kernel.ended]), patienceMs))) {
        result.hung++;
        result.faults.push(`kill ${time}, seed ${seed}: its end was not seen`);
        await kernel.stop();
      }
      for (let line = 0; line < 5; line++) if (!printed.join('').includes(`line ${line} of ${time}\n`)) result.outputsLost++;
      const next = await place.kernel();
      const ran = [await next.execute(preparation), await next.execute(editing(2, time))];
      if (ran.some(({ status }) => status !== 'ok')) {
        result.nextRunsBroken++;
        result.faults.push(`kill ${time}, seed ${seed}: ${JSON.stringify(ran.map(({ error }) => error?.message))}`);
      }
      await next.stop();
      const left = place.leftovers();
      result.leftovers += left.length;
      if (left.length > 0) result.faults.push(`kill ${time}, seed ${seed} left ${left.join(', ')}`);
    }
  } finally {
    place.close();
  }
  return result;
}

/** Interrupts edits of one kernel: the cell ends, the next one works, and nothing is left. */
export async function interruptKernels({ from, count, seed, patienceMs }: KernelTries): Promise<TriesReport> {
  const place = new SoakPlace();
  const result = noTries();
  let kernel = await place.kernel();
  try {
    let printed = '';
    const prepare = async (): Promise<void> => {
      kernel.main.on('stream', ({ text }) => (printed += text));
      await kernel.execute(preparation);
    };
    await prepare();
    for (let time = from; time < from + count; time++, result.tries++) {
      const fault = (what: string): void => void result.faults.push(`interrupt ${time}, seed ${seed}: ${what}`);
      const edit = kernel.execute(`console.log('before ${time}');\n${editing(400, time, true)}`);
      await pause(new Chance(seed, time).below(1500));
      await kernel.interrupt();
      if (!(await inTime(edit, patienceMs))) {
        result.hung++;
        fault('the cell went on');
        await kernel.stop();
        kernel = await place.kernel();
        await prepare();
        continue;
      }
      const { status } = await edit;
      const next = await kernel.execute(`console.log('after ${time}', model.windowFrames)`);
      if (!printed.includes(`before ${time}\n`) && status !== 'interrupted') {
        result.outputsLost++;
        fault(`an output was lost, ${status}`);
      }
      if (next.status !== 'ok' || !printed.includes(`after ${time} 16\n`)) {
        result.nextRunsBroken++;
        fault(`${status}, then ${next.status}: ${next.error?.message}`);
      }
    }
  } finally {
    await kernel.stop();
    const left = place.leftovers();
    result.leftovers = left.length;
    if (left.length > 0) result.faults.push(`interrupts left ${left.join(', ')}`);
    place.close();
  }
  return result;
}
