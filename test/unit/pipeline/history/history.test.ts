import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setAmbient } from '../../../../src/pipeline/core/index.js';
import { history, openHistory, placeOfHistory, recordRun, type RunHistory } from '../../../../src/pipeline/experiments/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/index.js';
import { clipDigest, Video } from '../../../../src/pipeline/video/index.js';
import { bundleOf } from '../../../../src/display/show.js';
import { HISTORY_MIME, payloadShapes } from '../../../../src/shared/outputs/index.js';

const prompt = 'a big red heart growing on a white background';

describe('history of runs', () => {
  let model: LatentDiffusionModel;
  let folder: string;
  let runs: RunHistory;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-history-'));
    const files = placeOfHistory(path.join(folder, 'story.ipynb'));
    setAmbient({ files, onRunEnd: async (run) => void (await recordRun(run, files)) });
    runs = openHistory(path.join(folder, 'story.ipynb'));
    await model.generateVideo(prompt, { seed: 1, numInferenceSteps: 1, numFrames: 2 });
    await model.generateVideo(prompt, { seed: 2, numInferenceSteps: 2, numFrames: 2, scheduler: 'euler' });
  });
  after(async () => {
    setAmbient({});
    await model.release();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has every run with settings, numbers, a picture and what model made it, the newest first', async () => {
    const [second, first] = await runs.runs();
    assert.deepEqual([second!.seed, first!.seed], [2, 1]);
    assert.equal(second!.scheduler, 'EulerDiscreteScheduler');
    assert.equal(second!.steps, 2);
    assert.match(second!.modelMark, /^[0-9a-f]{64}$/);
    assert.equal(second!.modelMark, first!.modelMark);
    assert.ok(Number.isFinite(second!.metrics.promptAlignment) && Number.isFinite(second!.metrics.flicker));
    assert.match(second!.thumbnail!, /^data:image\/jpeg;base64,/);
    assert.deepEqual([second!.clip.width, second!.clip.frames], [128, 2]);
    // In a notebook nobody says where.
    assert.deepEqual(
      (await history.runs()).map(({ id }) => id),
      [second!.id, first!.id],
    );
  });

  it('makes a run again bit for bit, and notes that too', async () => {
    const before = await runs.runs();
    const wanted = before.at(-1)!;
    const notices: string[] = [];
    const again = await runs.rerun(wanted.id, { onNotice: (text) => notices.push(text) });
    assert.equal(await clipDigest(again), wanted.clip.digest);
    assert.deepEqual(notices, []);
    const after = await runs.runs();
    assert.equal(after.length, before.length + 1);
    assert.equal(after[0]!.clip.digest, wanted.clip.digest);
  });

  it('edits again from a file beside the notebook, in a process that knows nothing of the run, and refuses another file', async () => {
    const source = path.join(folder, 'source.mp4');
    await (await model.generateVideo(prompt, { seed: 5, numInferenceSteps: 1, numFrames: 2 })).save(source);
    const clip = await Video.open(source);
    const edited = await model.editVideo(clip, 'a big blue heart', {
      seed: 1,
      numInferenceSteps: 2,
      strength: 0.5,
      method: 'sdedit',
      onNotice: () => undefined,
    });
    const [run] = await runs.runs();
    assert.equal(run!.input, 'source.mp4');
    // As a later process would read it: under another id nobody of this session remembers it.
    const notes = path.join(folder, 'story.frameloom', 'history');
    const id = run!.id.replace(/.$/, (end) => (end === '0' ? '1' : '0'));
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(notes, `run-${id}.json`), readFileSync(path.join(notes, `run-${run!.id}.json`), 'utf8').replace(run!.id, id));
    const again = await runs.rerun(id, { onNotice: () => undefined });
    assert.equal(await clipDigest(again), await clipDigest(edited));
    await (await model.generateVideo(prompt, { seed: 6, numInferenceSteps: 1, numFrames: 2 })).save(source);
    await assert.rejects(runs.rerun(id), { code: 'FL_HISTORY_INPUT' });
    rmSync(source);
    await assert.rejects(runs.rerun(id), { code: 'FL_HISTORY_INPUT' });
    rmSync(path.join(notes, `run-${id}.json`));
  });

  it('sorts, filters, and finds the best by a number', async () => {
    const table = await runs.table({ sort: 'alignment', where: (run) => run.provenance.kind === 'generated' });
    const alignment = table.runs.map(({ metrics }) => metrics.promptAlignment!);
    assert.deepEqual(
      alignment,
      [...alignment].sort((a, b) => b - a),
    );
    assert.equal((await runs.best('alignment', { where: 'heart' })).prompt.includes('heart'), true);
    const quickest = await runs.best('seconds');
    assert.ok((await runs.runs()).every(({ seconds }) => seconds >= quickest.seconds));
    assert.ok((await runs.table({ where: 'EULER' })).runs.every(({ scheduler }) => scheduler === 'EulerDiscreteScheduler'));
    assert.equal((await runs.table({ sort: 'seed', limit: 1 })).runs[0]!.seed, 1);
    await assert.rejects(runs.best('distance'), { code: 'FL_HISTORY_NUMBER' });
    await assert.rejects(runs.run('20260101T000000000-000000'), { code: 'FL_HISTORY_UNKNOWN' });
  });

  it('compares two runs and marks what was set differently', async () => {
    const generated = (await runs.runs()).filter(({ provenance }) => provenance.kind === 'generated');
    const [b, a] = [generated.find(({ seed }) => seed === 2)!, generated.find(({ seed }) => seed === 1)!];
    const comparison = await runs.compare(a.id, b.id);
    assert.deepEqual(
      comparison.differences.map(({ name }) => name).sort(),
      ['seed', 'settings.numInferenceSteps', 'settings.scheduler.name'].sort(),
    );
    const bundle = await bundleOf(comparison);
    assert.match(String(bundle['text/html']), /<mark>EulerDiscreteScheduler<\/mark>/);
    assert.match(String(bundle['text/plain']), /seed: 1 → 2/);
  });

  it('is shown as a table that the renderer takes, with pictures for those who have none of ours', async () => {
    const bundle = await bundleOf(await runs.table());
    assert.equal(payloadShapes[HISTORY_MIME](bundle[HISTORY_MIME], 'output'), undefined);
    assert.match(String(bundle['text/html']), /<img src="data:image\/jpeg/);
    assert.ok(JSON.stringify(bundle).length < 200_000);
  });

  it('says which runs cannot be made again, and why', async () => {
    await model.generateVideo(prompt, { seed: 9, numInferenceSteps: 1, numFrames: 2, callbackOnStepEnd: () => undefined });
    const [run] = await runs.runs();
    assert.deepEqual(run!.unrecorded, ['callbackOnStepEnd']);
    await assert.rejects(run!.rerun(), { code: 'FL_HISTORY_UNRECORDED' });
  });

  it('leaves runs of a comparison to that', async () => {
    const before = readdirSync(path.join(folder, 'story.frameloom', 'history')).length;
    const { compareSchedulers } = await import('../../../../src/pipeline/experiments/index.js');
    await compareSchedulers(model, undefined, prompt, { steps: [1], options: { numFrames: 2 } }).finish();
    assert.equal(readdirSync(path.join(folder, 'story.frameloom', 'history')).length, before);
  });
});
