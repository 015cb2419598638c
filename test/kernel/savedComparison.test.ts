import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { COMPARISON_MIME, type ComparisonPayload } from '../../src/shared/outputs/index.js';
import { StartedKernel } from './startedKernel.js';

describe('A comparison is saved from its output', () => {
  let kernel: StartedKernel;
  let comparisonId: string;
  const at = (name: string) => path.join(kernel.folder, name);
  const save = (name: string, id = comparisonId) => kernel.client.main.request('saveComparison', { comparisonId: id, file: at(name) });

  before(async () => {
    kernel = await StartedKernel.start();
    // The comparison has no name in the session: its output alone knows it.
    await kernel.run(`import { compareSchedulers, LatentDiffusionModel } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
await compareSchedulers(model, undefined, 'a big red heart', { schedulers: ['ddim', 'euler'], steps: [1], options: { numFrames: 2 } }).finish();`);
    comparisonId = (kernel.bundle()![COMPARISON_MIME] as ComparisonPayload).runId;
  });
  after(() => kernel.stop());

  it('as a sheet, a video and a table, without another output', async () => {
    kernel.outputs = [];
    for (const name of ['sheet.png', 'clips.mp4', 'numbers.csv']) assert.deepEqual(await save(name), { status: 'ok' }, name);
    assert.deepEqual(kernel.outputs, []);
    assert.equal(readFileSync(at('sheet.png')).subarray(1, 4).toString(), 'PNG');
    const video = await Video.open(at('clips.mp4'));
    assert.equal(video.frameCount, 2);
    await video.close();
    assert.deepEqual(
      readFileSync(at('numbers.csv'), 'utf8')
        .trim()
        .split('\r\n')
        .map((line) => line.split(',').slice(0, 2)),
      [
        ['seed', 'scheduler'],
        ['0', 'ddim'],
        ['0', 'euler'],
      ],
    );
  });

  it('says what is wrong with a place, and leaves nothing there', async () => {
    const { status, problem } = await save('no-such-folder/sheet.png');
    assert.equal(status, 'error');
    assert.match(problem!, /no-such-folder/);
    assert.equal(existsSync(at('no-such-folder')), false);
  });

  it('knows no comparison that another kernel made', async () => {
    assert.deepEqual(await save('other.png', 'comparison-1-another-1'), { status: 'gone' });
    assert.equal(existsSync(at('other.png')), false);
  });
});
