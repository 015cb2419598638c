import assert from 'node:assert/strict';
import { runMutants } from './mutants/runMutants.js';
import type { MutantKindName } from './mutants/kinds.js';

/**
 * A sample of each kind, always the same, so that a run of the tests takes no hour; `npm run bench -- soak` draws the full
 * counts, and others each time. The limit of time is one for the slowest of machines: what hangs, hangs for ever.
 */
const sample: Readonly<Record<MutantKindName, number>> = { videos: 25, runs: 30, notebooks: 40, models: 25 };

describe('mutants of what people hand over: used, or refused with a sentence', function () {
  this.timeout(900_000);

  for (const [kind, count] of Object.entries(sample) as [MutantKindName, number][]) {
    it(`${count} ${kind}: no crash, no raw error, no hang`, async () => {
      const { faults, ...tally } = await runMutants(kind, { count, seed: 22, patienceMs: 90_000 });
      console.log(
        `      ${kind}: ${count} mutants, ${tally.fine} used, ${tally.refused} refused, ${tally.crashed} crashes, ${tally.raw} raw errors, ${tally.hung} hangs`,
      );
      assert.deepEqual(faults, []);
      assert.equal(tally.fine + tally.refused, count);
      assert.ok(tally.refused > 0 && tally.fine > 0, 'some are usable and some are not');
    });
  }
});
