import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LatentDiffusionModel } from '../../src/pipeline/model/latentDiffusionModel.js';
import { DDIMScheduler } from '../../src/pipeline/schedulers/index.js';
import { type Frame, Video } from '../../src/pipeline/video/index.js';
import { inTinyFolder } from '../parity/tinyModels.js';

describe('a source prompt with every scheduler that a model may name', () => {
  const size = 64;
  const picture = (): Frame => ({ width: size, height: size, data: Uint8Array.from({ length: 3 * size * size }, (_, i) => (i * 7) % 251) });
  const options = { sourcePrompt: 'a red balloon', numInferenceSteps: 5, seed: 1 };

  async function edit(config: object, own: object, notices: string[] = []) {
    const model = await inTinyFolder([], async (folder) => {
      const file = join(folder, 'scheduler', 'scheduler_config.json');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...config }));
      return LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    });
    try {
      const clip = await Video.fromFrames([picture()], { fps: 8 });
      const edited = await model.editVideo(clip, 'a blue balloon', { ...options, ...own, onNotice: (text: string) => notices.push(text) });
      return edited.provenance!.settings as { method: string; scheduler: { name: string; config: { timestepSpacing: string } } };
    } finally {
      await model.release();
    }
  }

  for (const [name, config] of [
    ['EulerDiscreteScheduler', { timestep_spacing: 'linspace' }], ['PNDMScheduler', {}], ['DPMSolverMultistepScheduler', { use_karras_sigmas: true }],
    ['EulerAncestralDiscreteScheduler', { timestep_spacing: 'trailing' }], ['DDIMScheduler', { timestep_spacing: 'linspace' }],
  ] as const) {
    it(`${name}: the edit runs with DDIM, and says so`, async () => {
      const notices: string[] = [];
      const { method, scheduler } = await edit({ _class_name: name, ...config }, {}, notices);
      assert.deepEqual([method, scheduler.name], ['diffedit', 'DDIMScheduler']);
      assert.equal(scheduler.config.timestepSpacing, 'timestep_spacing' in config && config.timestep_spacing === 'trailing' ? 'trailing' : 'leading');
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, new RegExp(`${name}.*DDIMScheduler`));
    });
  }

  it("the model's own DDIM runs without a word, as does one that the caller names", async () => {
    const notices: string[] = [];
    assert.equal((await edit({}, {}, notices)).method, 'diffedit');
    assert.equal((await edit({ _class_name: 'PNDMScheduler' }, { scheduler: 'ddim' }, notices)).method, 'diffedit');
    assert.equal((await edit({ _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'linspace' }, { scheduler: new DDIMScheduler({ timestepSpacing: 'leading' }) }, notices)).method, 'diffedit');
    assert.deepEqual(notices, []);
  });

  it('a scheduler that the caller names and that cannot be inverted means sdedit, and that is said', async () => {
    const notices: string[] = [];
    const { method, scheduler } = await edit({}, { scheduler: 'euler' }, notices);
    assert.deepEqual([method, scheduler.name], ['sdedit', 'EulerDiscreteScheduler']);
    assert.match(notices.join('\n'), /EulerDiscreteScheduler cannot be run backwards.*sdedit/);
  });

  it('named together, diffedit and such a scheduler are refused', () =>
    assert.rejects(edit({}, { scheduler: 'plms', method: 'diffedit' }), /diffedit.*PNDMScheduler.*sdedit/));
});
