import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { TUNE_MIME, type TunePayload } from '../../src/shared/outputs/index.js';
import { StartedKernel } from './startedKernel.js';

describe('What a kernel remembers of its runs', () => {
  let kernel: StartedKernel;
  before(async () => {
    kernel = await StartedKernel.start();
    await kernel.run(`import { history, LatentDiffusionModel, tune } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');`);
  });
  after(() => kernel.stop());

  it('is noted beside the notebook, and read and made again in its cells', async () => {
    await kernel.run(`await model.generateVideo('a big red heart', { seed: 1, numInferenceSteps: 1, numFrames: 2 });`);
    const notes = path.join(kernel.folder, 'story.frameloom', 'history');
    assert.equal(readdirSync(notes).length, 1);
    assert.match(
      String(await kernel.valueOf(`await history.table()`)),
      /generated "a big red heart": DDIM, 1 steps, guidanceScale 4, seed 1/,
    );
    await kernel.run(`const [run] = await history.runs();
const again = await history.rerun(run!.id, { onNotice: (text) => { throw new Error(text); } });`);
    assert.equal(readdirSync(notes).length, 2);
  });

  it('puts a form into the output, whose clip is made anew in its place, with pixels on the way', async () => {
    kernel.outputs = [];
    await kernel.run(`await tune(model, undefined, 'a big red heart', { seed: 1, numInferenceSteps: 2, numFrames: 2 });`);
    const form = kernel.bundle()?.[TUNE_MIME] as TunePayload;
    assert.equal(form.values.seed, 1);
    assert.match(String(kernel.bundle()!['text/html']), /<img src=.*In VS Code with the Frameloom kernel/s);
    kernel.previews.length = 0;
    kernel.outputs = [];
    const { tuneId, values } = form;
    assert.deepEqual(await kernel.client.main.request('tune', { tuneId, values: { ...values, seed: 2, scheduler: 'euler' } }), {
      status: 'ok',
    });
    assert.ok(kernel.previews.length > 0 && kernel.previews.every(({ displayId }) => displayId === tuneId));
    assert.ok(kernel.outputs.every((output) => output.event === 'updateDisplay' && output.displayId === tuneId));
    const after = kernel.bundle()![TUNE_MIME] as TunePayload;
    assert.deepEqual([after.values.seed, after.values.scheduler], [2, 'euler']);
    assert.notEqual(after.clip.path, form.clip.path);
    assert.match(
      (await kernel.client.main.request('tunedCode', { tuneId }))!,
      /await model\.generateVideo\("a big red heart", \{[\s\S]*seed: 2[\s\S]*scheduler: "euler"/,
    );
  });

  it('says why a form could not make its clip, and keeps it', async () => {
    const { tuneId, values } = kernel.bundle()![TUNE_MIME] as TunePayload;
    const { status, problem } = await kernel.client.main.request('tune', {
      tuneId,
      values: { ...values, scheduler: 'lcm', schedule: 'karras' },
    });
    assert.equal(status, 'error');
    assert.match(problem!, /karras/);
    assert.match((await kernel.client.main.request('tunedCode', { tuneId }))!, /scheduler: "euler"/);
    assert.deepEqual(await kernel.client.main.request('tune', { tuneId: 'another', values }), { status: 'gone' });
    assert.equal(await kernel.client.main.request('tunedCode', { tuneId: 'another' }), null);
  });
});
