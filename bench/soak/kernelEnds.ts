import type { Chance } from '../../test/faults/mutants/chance.js';
import { editing, preparation, SoakPlace } from './soakKernel.js';

/** What came of kernels that were killed or interrupted at random moments of their work. */
export interface KernelEnds {
  times: number;
  /** Outputs that had been put out before and did not arrive. */
  outputsLost: number;
  /** Runs afterwards that did not do what they should. */
  nextRunsBroken: number;
  /** Temporary files and drafts once the next kernel had started and stopped. */
  leftovers: number;
  faults: string[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills a kernel with SIGKILL within an edit, again and again: what was put out is there, and the next kernel works and sweeps. */
export async function killKernels(times: number, chance: Chance): Promise<KernelEnds> {
  const place = new SoakPlace();
  const result: KernelEnds = { times, outputsLost: 0, nextRunsBroken: 0, leftovers: 0, faults: [] };
  try {
    for (let time = 0; time < times; time++) {
      const kernel = await place.kernel();
      const printed: string[] = [];
      kernel.main.on('stream', ({ text }) => printed.push(text));
      await kernel.execute(preparation);
      for (let line = 0; line < 5; line++) await kernel.execute(`console.log('line ${line} of ${time}')`);
      const edit = kernel.execute(editing(400, time, true)).catch(() => undefined);
      await pause(chance.below(1500));
      kernel.kill();
      await Promise.all([edit, kernel.ended]);
      for (let line = 0; line < 5; line++) if (!printed.join('').includes(`line ${line} of ${time}\n`)) result.outputsLost++;
      const next = await place.kernel();
      const ran = [await next.execute(preparation), await next.execute(editing(2, time))];
      if (ran.some(({ status }) => status !== 'ok')) {
        result.nextRunsBroken++;
        result.faults.push(`kill ${time}: ${JSON.stringify(ran.map(({ error }) => error?.message))}`);
      }
      await next.stop();
      const left = place.leftovers();
      result.leftovers += left.length;
      if (left.length > 0) result.faults.push(`kill ${time} left ${left.join(', ')}`);
    }
  } finally {
    place.close();
  }
  return result;
}

/** Interrupts edits of one kernel: the cell ends, the next one works, and nothing is left. */
export async function interruptKernels(times: number, chance: Chance): Promise<KernelEnds> {
  const place = new SoakPlace();
  const result: KernelEnds = { times, outputsLost: 0, nextRunsBroken: 0, leftovers: 0, faults: [] };
  const kernel = await place.kernel();
  try {
    let printed = '';
    kernel.main.on('stream', ({ text }) => (printed += text));
    await kernel.execute(preparation);
    for (let time = 0; time < times; time++) {
      const edit = kernel.execute(`console.log('before ${time}');\n${editing(400, time, true)}`);
      await pause(chance.below(1500));
      await kernel.interrupt();
      const { status } = await edit;
      const next = await kernel.execute(`console.log('after ${time}', model.windowFrames)`);
      if (!printed.includes(`before ${time}\n`) && status !== 'interrupted') result.outputsLost++;
      if (next.status !== 'ok' || !printed.includes(`after ${time} 16\n`)) {
        result.nextRunsBroken++;
        result.faults.push(`interrupt ${time}: ${status}, then ${next.status}: ${next.error?.message}`);
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
