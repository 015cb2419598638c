import assert from 'node:assert/strict';
import {
  type EditVideoOptions,
  type Frame,
  type LatentDiffusionModel,
  LatentDiffusionModel as Models,
  type Progress,
  Video,
} from '../../../../src/index.js';
import { checkpointFolder } from '../../../parity/checkpointFolder.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';

const CAPTION = 'a blue balloon over the sea';
const methods = ['flowedit', 'infedit', 'dds'] as const;

describe('editing by the difference of two predictions', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 251);
    clip = await Video.fromFrames([{ data, width: 64, height: 64 }], { fps: 8 });
  });
  after(() => model?.release());

  async function edit(prompt: string, options: EditVideoOptions): Promise<Frame> {
    const edited = await model.editVideo(clip, prompt, { sourcePrompt: CAPTION, numInferenceSteps: 4, seed: 3, ...options });
    for await (const frame of edited.frames()) return frame;
    throw new Error('no frame');
  }

  for (const method of methods) {
    it(`${method}: where the prompt says what the source's caption says, not a value changes; where it says something else, some do`, async () => {
      const guidance: EditVideoOptions = { guidanceScale: 2, method, ...(method === 'dds' ? {} : { sourceGuidanceScale: 2 }) };
      const same = await edit(CAPTION, guidance);
      const other = await edit(CAPTION, { ...guidance, seed: 3, numInferenceSteps: 5, strength: 0.3 });
      const changed = await edit('a red car', guidance);
      assert.deepEqual(same.data, other.data, 'the source as the autoencoder has it, whatever the steps');
      assert.notDeepEqual(changed.data, same.data);
    });

    it(`${method}: goes by any scheduler of its path, counts its steps, and ends when a callback says so`, async () => {
      for (const scheduler of ['euler', 'heun', 'dpmpp_2m', 'lcm'] as const) {
        const seen: Progress[] = [];
        await edit('a red car', { method, scheduler, onProgress: (progress) => void seen.push(progress) });
        const last = seen.filter(({ stage }) => stage === 'denoise').at(-1)!;
        assert.equal(last.step, last.steps, scheduler);
        assert.equal(seen.at(-1)!.fraction, 1, scheduler);
      }
      let steps = 0;
      await edit('a red car', { method, callbackOnStepEnd: () => ({ stop: ++steps === 2 }) });
      assert.equal(steps, 2);
    });
  }

  it('is refused with networks that are shown the source, and a capture of it before any work', async () => {
    const { folder, remove } = checkpointFolder('sd1', 'instruct-pix2pix');
    const shown = await Models.fromPretrained(folder, { threads: 1 });
    try {
      for (const method of methods)
        await assert.rejects(shown.editVideo(clip, 'a', { method, numInferenceSteps: 2 }), {
          code: 'FL_ARGUMENT',
          message: /sdedit.*shown the source/,
        });
    } finally {
      await shown.release();
      remove();
    }
    await assert.rejects(edit('a', { method: 'flowedit', capture: true }), { code: 'FL_CAPTURE_LOOP' });
  });
});
