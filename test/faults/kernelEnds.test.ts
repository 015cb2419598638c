import assert from 'node:assert/strict';
import { interruptKernels, killKernels } from '../../bench/soak/kernelEnds.js';
import { buildKernel } from '../kernel/startedKernel.js';

/** A sample, always at the same moments; `npm run bench -- soak` kills 60 and interrupts 40, at others each time. */
describe('kernels that are killed or interrupted at random moments of an edit', function () {
  this.timeout(900_000);
  before(() => buildKernel());

  for (const [what, count, end] of [
    ['kills', 2, killKernels],
    ['interrupts', 4, interruptKernels],
  ] as const) {
    it(`${count} ${what}: no output lost, no next run broken, nothing left`, async () => {
      const { faults, ...counted } = await end({ from: 0, count, seed: 22, patienceMs: 90_000 });
      const { outputsLost, nextRunsBroken, leftovers } = counted;
      console.log(`      ${count} ${what}: ${outputsLost} outputs lost, ${nextRunsBroken} next runs broken, ${leftovers} files left`);
      assert.deepEqual(faults, []);
      assert.deepEqual(counted, { tries: count, outputsLost: 0, nextRunsBroken: 0, leftovers: 0, crashed: 0, raw: 0, hung: 0 });
    });
  }
});
