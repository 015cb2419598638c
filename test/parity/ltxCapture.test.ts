import assert from 'node:assert/strict';
import type { Frame } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpointFolder } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

for (const [title, layers] of [
  ['LTX-Video', ['ltx']],
  ['LTX-Video whose decoder is told how noisy its latents are', ['ltx', 'ltx-timed']],
] as const)
  describe(`runs of ${title}, captured`, () => {
    const { folder, remove } = checkpointFolder(...layers);
    const reference = new ReferenceFile<{ runs: { source?: Stored; frames: number }[] }>('ltxRuns');
    const source = reference.frames(reference.index.runs.find((run) => run.source)!.source!);
    const options = { numInferenceSteps: 4, guidanceScale: 3, seed: 5, width: 64, height: 64, capture: true } as const;
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
    after(async () => {
      await model?.release();
      remove();
    });

    for (const [made, make] of [
      ['a clip made at six frames a second', () => model.generateVideo('a', { ...options, numFrames: 9, fps: 6 })],
      [
        'an edit of a clip that is no whole number of latent frames',
        async () => {
          const clip = await Video.fromFrames(source.slice(0, 6), { fps: 12 });
          return model.editVideo(clip, 'a', { ...options, strength: 0.9 });
        },
      ],
    ] as const)
      it(`${made} goes on from every step bit for bit, in other steps and with another prompt to another end`, async () => {
        const whole = await make();
        const expected = await framesOf(whole);
        for (const step of [0, 2]) assert.deepEqual(await framesOf(await whole.run!.at(step).resume()), expected, `step ${step}`);
        assert.notDeepEqual(await framesOf(await whole.run!.at(1).resume({ prompt: 'a dog' })), expected);
        assert.equal((await framesOf(await whole.run!.at(1).resume({ numInferenceSteps: 6 }))).length, expected.length);
        await whole.run!.close();
      });
  });
