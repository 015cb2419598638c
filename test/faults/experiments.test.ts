import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { COMPARISON_MIME, type ComparisonPayload } from '../../src/shared/outputs/index.js';
import { root, StartedKernel, until } from '../kernel/startedKernel.js';

/** Compares 60 settings with a tiny model, and prints each cell as it comes. */
const cell = `
import { compareSchedulers, LatentDiffusionModel } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained(${JSON.stringify(path.join(root, 'test/parity/tiny-sd'))}, { threads: 1 });
const comparison = compareSchedulers(model, undefined, 'a cat', {
  schedulers: ['ddim', 'euler', 'euler_a', 'dpmpp_2m', 'unipc'],
  steps: [1, 2, 3],
  seeds: [0, 1],
  vary: { guidanceScale: [1, 2] },
  options: { numFrames: 1 },
  onNotice: () => undefined,
});
for await (const { id, kept } of comparison) console.log(kept ? 'kept' : 'made', id);
`;

describe('a comparison of 60 cells in a notebook', function () {
  this.timeout(300_000);
  let kernel: StartedKernel;
  afterEach(() => kernel?.stop());

  /** The ids that were printed after a word. */
  const told = (word: string): string[] => [...kernel.printed().matchAll(new RegExp(`${word} (\\w+)`, 'g'))].map(([, id]) => id!);
  const kept = (): string[] => {
    const folder = path.join(kernel.folder, 'story.frameloom', 'cells');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  const grids = (): ComparisonPayload[] =>
    kernel.outputs.flatMap((output) => (output.event === 'stream' ? [] : ((output.bundle[COMPARISON_MIME] as ComparisonPayload) ?? [])));

  it('is interrupted twice and its kernel killed once: no cell is made twice, none lost, and the grid tells where it stands', async () => {
    const made: string[] = [];
    kernel = await StartedKernel.start();
    for (const stop of [7, 15]) {
      kernel.outputs = [];
      const run = kernel.client.execute(cell);
      await until(() => kept().length >= stop, `${stop} cells`, 200_000);
      await kernel.client.interrupt();
      assert.equal((await run).status, 'interrupted');
      made.push(...told('made'));
      assert.ok(
        kept().every((name) => !name.includes('partial')),
        'nothing is half-kept',
      );
      // The grid that the call begins with waits, too, with the cells of before.
      await until(() => grids().at(-1)?.state === 'waiting' && grids().at(-1)!.cells.length >= stop - 1, 'the grid to say that it waits');
      assert.ok(grids().at(-1)!.cells.length < 60 && grids().at(-1)!.size === 60);
    }

    kernel.outputs = [];
    kernel.client.execute(cell).catch(() => undefined);
    await until(() => kept().length >= 30, '30 cells', 200_000);
    await kernel.kill();
    made.push(...told('made'));

    const before = kept().filter((name) => !name.includes('partial'));
    kernel = await StartedKernel.start([], kernel.folder);
    await kernel.run(cell);
    assert.deepEqual(new Set(told('kept')), new Set(before), 'what was there is taken as it is');
    made.push(...told('made'));
    assert.equal(new Set(made).size, made.length, 'no cell is made twice');
    assert.equal(new Set([...told('kept'), ...told('made')]).size, 60, 'none is lost');
    assert.equal(kept().length, 60, 'what was half-written is swept');
    const shown = kernel.outputs.filter(({ event }) => event === 'display');
    assert.equal(shown.length, 1, 'all of it is one output');
    assert.deepEqual([grids().at(-1)!.state, grids().at(-1)!.cells.length], ['done', 60]);
    assert.ok(
      kernel.previews.every(({ place }) => place?.length === 4),
      'runs are shown at their place in the grid',
    );
    assert.match(String(kernel.bundle()!['text/html']), /<img src="data:image/, 'and a picture for those without our renderer');
  });
});
