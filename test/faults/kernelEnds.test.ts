import assert from 'node:assert/strict';
import { interruptKernels, killKernels, type KernelEnds } from '../../bench/soak/kernelEnds.js';
import { buildKernel } from '../kernel/startedKernel.js';
import { Chance } from './mutants/chance.js';

/** A sample, always at the same moments; `npm run bench -- soak` kills 60 and interrupts 40, at others each time. */
describe('kernels that are killed or interrupted at random moments of an edit', function () {
  this.timeout(900_000);
  before(() => buildKernel());

  for (const [what, times, end] of [
    ['kills', 2, killKernels],
    ['interrupts', 4, interruptKernels],
  ] as const) {
    it(`${times} ${what}: no output lost, no next run broken, nothing left`, async () => {
      const { outputsLost, nextRunsBroken, leftovers, faults }: KernelEnds = await end(times, new Chance(22));
      console.log(`      ${times} ${what}: ${outputsLost} outputs lost, ${nextRunsBroken} next runs broken, ${leftovers} files left`);
      assert.deepEqual([outputsLost, nextRunsBroken, leftovers, faults], [0, 0, 0, []]);
    });
  }
});
