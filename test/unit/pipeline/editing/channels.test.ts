import assert from 'node:assert/strict';
import { type EditVideoOptions, LatentDiffusionModel, psnr, Video } from '../../../../src/index.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';
import { collect, numberedFrame } from '../video/clips.js';

describe('editing some channels of the latents', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  const common = { method: 'channels', numInferenceSteps: 3, guidanceScale: 3, seed: 2, onNotice: () => undefined } as const;
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    clip = await Video.fromFrames(
      [1, 2].map((number) => numberedFrame(number, 64, 64)),
      { fps: 8 },
    );
  });
  after(async () => {
    await model.release();
    await clip.close();
  });
  const edit = (prompt: string, options: EditVideoOptions) =>
    model.editVideo(clip, prompt, { ...common, width: 64, height: 64, ...options });

  it('all channels are what sdedit makes; of some, the others are the source’s at every step, whatever the prompt', async () => {
    const all = await edit('a balloon', { latentChannels: '0, 1,2,3', strength: 0.7 });
    const sdedit = await edit('a balloon', { method: 'sdedit', strength: 0.7 });
    assert.deepEqual(await collect(all.frames()), await collect(sdedit.frames()));
    const lastOf = async (prompt: string): Promise<Float32Array> => {
      let last = new Float32Array();
      await edit(prompt, { latentChannels: '2', callbackOnStepEnd: ({ latents }) => void (last = Float32Array.from(latents.data)) });
      return last;
    };
    const [one, two] = [await lastOf('a balloon'), await lastOf('a red car')];
    const place = one.length / 2 / 4;
    const same = Array.from({ length: 8 }, (_, i) =>
      one.subarray(i * place, (i + 1) * place).every((value, at) => value === two[i * place + at]),
    );
    assert.deepEqual(same, [true, true, false, true, true, true, false, true]);
  });

  it('is recorded and made again; channels that are not there, or not said, are refused', async () => {
    const made = await edit('a balloon', { latentChannels: '1' });
    assert.equal((made.provenance!.settings as EditVideoOptions).latentChannels, '1');
    assert.deepEqual(await collect((await rerun(model, made.provenance!, clip)).frames()), await collect(made.frames()));
    for (const latentChannels of ['4', '1;2', '', '-1', undefined])
      await assert.rejects(edit('a balloon', { latentChannels }), {
        code: 'FL_ARGUMENT',
        message: /latentChannels.*0 to 3.*4 latent channels/,
      });
  });

  it('snow falls into the clip with the embedded model, and what it falls on stays', async () => {
    const embedded = await LatentDiffusionModel.fromPretrained('motion-stickers');
    const source = await Video.open('media/samples/red-car.mp4', { end: 1 });
    const options = { sourcePrompt: 'a big red car on a blue background', seed: 1, onNotice: () => undefined };
    const edited = await embedded.editVideo(source, 'a big red car on a blue background, in the snow', options);
    assert.equal((edited.provenance!.settings as EditVideoOptions).method, 'channels');
    const before = await collect((await source.resize({ width: 128, height: 128 })).frames());
    const after = await collect(edited.frames());
    const kept = after.map((frame, i) => psnr([frame], [before[i]!]));
    assert.ok(Math.min(...kept) > 20, `the picture stays: ${kept.map((value) => value.toFixed(1)).join(' ')} dB`);
    const white = (frames: typeof after) =>
      frames
        .flatMap(({ data }) => Array.from({ length: data.length / 3 }, (_, i) => Math.min(...data.subarray(3 * i, 3 * i + 3))))
        .filter((least) => least > 170).length;
    assert.ok(white(after) > white(before) + 20 * after.length, `${white(after)} bright pixels, ${white(before)} before`);
    await embedded.release();
  });
});
