import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { habitualPresets, qualities } from '../../../../src/pipeline/networks/index.js';
import { LatentDiffusionModel, withQuality } from '../../../../src/pipeline/pipelines/index.js';

const recommended = { numInferenceSteps: 25, guidanceScale: 7.5, fps: 8, maxFrames: 16, deflicker: 0 };
const stableDiffusion = { _class_name: 'PNDMScheduler', beta_schedule: 'scaled_linear' };

describe('quality presets', () => {
  it('are, where nobody measured, half, all and twice the steps; a draft takes a solver of larger steps', () => {
    const { generate, edit } = habitualPresets(recommended, stableDiffusion);
    assert.deepEqual(
      qualities.map((quality) => generate[quality].numInferenceSteps),
      [13, 25, 50],
    );
    assert.equal(generate.draft.scheduler, 'dpmpp_2m');
    assert.equal(generate.balanced.scheduler, undefined);
    assert.ok(
      qualities.every((quality) => edit[quality].scheduler === undefined),
      'edits may have to run it backwards',
    );
  });

  it('keep the own scheduler of distilled models and of those of another noise path', () => {
    const lcm = habitualPresets({ ...recommended, numInferenceSteps: 4 }, { _class_name: 'LCMScheduler', beta_schedule: 'scaled_linear' });
    assert.deepEqual(
      qualities.map((quality) => [lcm.generate[quality].scheduler, lcm.generate[quality].numInferenceSteps]),
      [
        [undefined, 2],
        [undefined, 4],
        [undefined, 8],
      ],
    );
    const flow = habitualPresets(recommended, { _class_name: 'FlowMatchEulerDiscreteScheduler' });
    assert.equal(flow.generate.draft.scheduler, undefined);
  });

  describe('of a model', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'frameloom-presets-'));
      cpSync(path.resolve('models/motion-stickers'), folder, { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const write = (presets: object): void => writeFileSync(path.join(folder, 'presets.json'), JSON.stringify(presets));
    const three = (preset: object): object => ({ draft: preset, balanced: preset, best: preset });

    it('come from its presets.json, and what the call spells out stays', async () => {
      write({ generate: three({ scheduler: 'euler', num_inference_steps: 2, measured: { distance: 0.02 } }), about: 'measured so' });
      const model = await LatentDiffusionModel.fromPretrained(folder);
      try {
        assert.deepEqual(model.presets.generate.draft, { scheduler: 'euler', numInferenceSteps: 2, measured: { distance: 0.02 } });
        assert.equal(model.presets.edit.balanced.numInferenceSteps, model.recommended.numInferenceSteps);
        assert.deepEqual(withQuality(model, 'generate', { quality: 'best', seed: 1 }), {
          seed: 1,
          scheduler: 'euler',
          numInferenceSteps: 2,
        });
        assert.deepEqual(withQuality(model, 'generate', { quality: 'best', scheduler: 'ddim' }), {
          scheduler: 'ddim',
          numInferenceSteps: 2,
        });
        const made = await model.generateVideo('a big red heart', { quality: 'draft', seed: 1, numFrames: 2 });
        const { scheduler, numInferenceSteps } = made.provenance!.settings as { scheduler: { name: string }; numInferenceSteps: number };
        assert.deepEqual([scheduler.name, numInferenceSteps], ['EulerDiscreteScheduler', 2]);
        await assert.rejects(model.generateVideo('a big red heart', { quality: 'perfect' as 'best' }), /"draft", "balanced", "best"/);
      } finally {
        await model.release();
      }
    });

    for (const [what, presets, code] of [
      ['lacks one of the three', { generate: { draft: { num_inference_steps: 4 } } }, 'FL_MODEL_JSON'],
      ['has steps that cannot be', { edit: three({ num_inference_steps: 1e9 }) }, 'FL_MODEL_JSON'],
      ['names a scheduler that there is not', { generate: three({ num_inference_steps: 4, scheduler: 'quick' }) }, 'FL_SCHEDULER_UNKNOWN'],
      ['has edits run by what cannot be run backwards', { edit: three({ num_inference_steps: 4, scheduler: 'euler_a' }) }, 'FL_MODEL_JSON'],
    ] as const) {
      it(`are refused when the model is loaded if its file ${what}`, async () => {
        write(presets);
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder), { code });
      });
    }
  });
});
