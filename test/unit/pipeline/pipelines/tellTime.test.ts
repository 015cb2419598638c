import assert from 'node:assert/strict';
import { type CallKeeper, keepingCalls } from '../../../../src/pipeline/core/index.js';
import { keptShare, operationsOf, runSeconds } from '../../../../src/pipeline/networks/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/index.js';

describe('The time that a run takes, told before it begins', function () {
  this.timeout(60_000);
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained()));

  // So much that no machine does it in a minute: less is not told.
  const size = { width: 512, height: 512, frames: 16 };
  const run = { ...size, steps: 1000, predictions: 1, windows: 1, encodes: false };
  /** A keeper of which some work was kept before; what else it is asked, it does not know. */
  const keeperOf = (operations: number, seconds: number): CallKeeper => ({
    taken: 0,
    before: { operations, seconds },
    find: () => Promise.resolve(undefined),
    keep: () => Promise.resolve(),
  });
  /** Operations of the run, counted here. */
  const operations = (): number => {
    const { parts } = model.needsOf(size);
    const of = (group: string) => operationsOf(parts.filter((part) => part.group === group));
    return run.steps * of('denoise') + of('decode');
  };

  it('is, of a run that is taken up, that of what is left, at the speed of what was done', async () => {
    const quarter = keeperOf(operations() / 4, 600);
    const { least, most } = await keepingCalls(quarter, () => runSeconds(model, run));
    assert.ok(Math.abs(least - 0.9 * 1800) < 1 && Math.abs(most - 1.3 * 1800) < 1, `${least} to ${most} s for 1800`);
    assert.equal(await keepingCalls(quarter, () => Promise.resolve(keptShare(model, run))), 0.25);
    assert.equal(keptShare(model, run), 0);
    assert.equal((await keepingCalls(keeperOf(2 * operations(), 600), () => runSeconds(model, run))).most, 0);
  });

  it('is said as such, and not as the time of the whole', async () => {
    const told = async (operations: number, seconds: number): Promise<string> => {
      const abort = new AbortController();
      let text = '';
      const onNotice = (notice: string): void => {
        if (!/ takes about /.test(notice)) return;
        text = notice;
        abort.abort();
      };
      const options = { ...size, numFrames: 16, numInferenceSteps: 1000, guidanceScale: 1, seed: 1, onNotice, signal: abort.signal };
      const { frames: _, ...given } = options;
      const make = () => model.generateVideo('a yellow star', given);
      await assert.rejects(operations > 0 ? keepingCalls(keeperOf(operations, seconds), make) : make(), { name: 'AbortError' });
      return text;
    };
    assert.match(await told(0, 0), /^This takes about .* here: 16 frames at 512 × 512, 1000 steps\.$/);
    assert.equal(
      await told(operations() / 4, 4000),
      'What is left takes about 3 to 4 h here, 75 % of all: 16 frames at 512 × 512, 1000 steps.',
    );
  });
});
