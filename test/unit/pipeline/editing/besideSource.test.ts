import assert from 'node:assert/strict';
import path from 'node:path';
import { Video, type EditVideoOptions, type GenerateVideoOptions } from '../../../../src/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { checkpoint } from '../../../parity/checkpointFolder.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';

const sample = path.join(__dirname, '../../../../media/samples/red-car.mp4');
const [source, prompt] = ['a red car on the road', 'a green car on the road'];
const cheap = { numInferenceSteps: 3, seed: 3, width: 64, height: 64, guidanceScale: 4, onNotice: () => undefined };

describe('edits beside which the inverted source goes along', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    clip = await Video.open(sample, { maxFrames: 2, width: 64, height: 64 });
  });
  after(() => model.release());

  for (const [method, of] of [
    ['prompt-to-prompt', { localBlend: 'car', blendThreshold: 0.5 }],
    ['prompt-to-prompt', { noised: true, scheduler: 'euler', alignment: 'refine' }],
    ['plug-and-play', {}],
  ] as [EditVideoOptions['method'], EditVideoOptions][])
    it(`${String(method)}, ${JSON.stringify(of)}: recorded, captured, and made again from the record bit for bit`, async () => {
      const edited = await model.editVideo(clip, prompt, { ...cheap, ...of, method, sourcePrompt: source, capture: true });
      const pixels = await pixelsOf(edited);
      assert.notDeepEqual(pixels, await pixelsOf(await model.editVideo(clip, source, { ...cheap, ...of, method, sourcePrompt: source })));
      assert.deepEqual(await pixelsOf(await rerun(model, edited.provenance!, clip, { onNotice: () => undefined })), pixels);
      await assert.rejects(edited.run!.at(1).resume({ onNotice: () => undefined }), {
        code: 'FL_CAPTURE_BESIDE',
        message: /cannot go on from a step/,
      });
      await edited.run!.close();
    });

  it('where nobody looks at a word the latents stay those of the source, step by step', async () => {
    const seen: Float32Array[] = [];
    const blended = (localBlend: string, blendThreshold: number) =>
      model.editVideo(clip, prompt, {
        ...cheap,
        method: 'prompt-to-prompt',
        sourcePrompt: source,
        localBlend,
        blendThreshold,
        callbackOnStepEnd: ({ latents }) => void seen.push(latents.data),
      });
    await blended('car', 1);
    const latents = seen.at(-1);
    await blended('road', 1);
    // At a threshold of 1 no place belongs to a word: the edit ends at the source, whichever word it is.
    assert.deepEqual(seen.at(-1), latents);
  });

  it('shares of nothing give the inverted source denoised towards the prompt, bit for bit as without it', async () => {
    const none = { sourcePrompt: source, crossReplaceSteps: 0, selfReplaceSteps: 0 };
    const without = { sourcePrompt: source, featureSteps: 0, attentionSteps: 0 };
    assert.deepEqual(
      await pixelsOf(await model.editVideo(clip, prompt, { ...cheap, ...none, method: 'prompt-to-prompt' })),
      await pixelsOf(await model.editVideo(clip, prompt, { ...cheap, ...without, method: 'plug-and-play' })),
    );
  });

  const refusedEdits: [string, EditVideoOptions, RegExp][] = [
    ['no word on what the source shows', {}, /sourcePrompt.*what the source shows/s],
    [
      'word for word with unequal numbers of words',
      { sourcePrompt: 'a car', alignment: 'replace' },
      /"refine" for prompts of unequal numbers/,
    ],
    [
      'a word that neither prompt has',
      { sourcePrompt: source, localBlend: 'boat' },
      /localBlend.*"boat".*a, red, car, on, the, road, green/s,
    ],
    [
      'regions besides',
      { sourcePrompt: source, regionalPrompts: [{ prompt: 'a sea', region: [0, 0, 1, 0.5] }] },
      /regionalPrompts.*left out with Prompt-to-Prompt/s,
    ],
  ];
  for (const [title, options, message] of refusedEdits)
    it(`${title}: refused before anything is computed`, () =>
      assert.rejects(model.editVideo(clip, prompt, { ...cheap, ...options, method: 'prompt-to-prompt' }), {
        code: 'FL_ARGUMENT',
        message,
      }));

  it('FreeInit besides, and a blend without a source prompt: refused before anything is computed', async () => {
    const refused = (options: GenerateVideoOptions, message: RegExp) =>
      assert.rejects(model.generateVideo(prompt, { ...cheap, numFrames: 1, ...options }), { code: 'FL_ARGUMENT', message });
    await refused({ freeInit: {}, promptToPrompt: { sourcePrompt: source } }, /freeInit.*left out with promptToPrompt/s);
    await refused({ promptToPrompt: { localBlend: 'car' } as never }, /promptToPrompt.*the source's prompt/s);
    await refused({ promptToPrompt: { sourcePrompt: source, selfReplaceSteps: 2 } }, /selfReplaceSteps/);
  });

  it('what a network cannot do is refused in a sentence, before anything is computed', async () => {
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    await assert.rejects(wan.generateVideo('a boat', { sagScale: 1 }), {
      code: 'FL_ARGUMENT',
      message: /sagScale.*left out, or 0.*path of diffusion alone/s,
    });
    await assert.rejects(wan.generateVideo('a boat', { promptToPrompt: { sourcePrompt: 'a car', localBlend: 'car' } }), {
      code: 'FL_ARGUMENT',
      message: /localBlend.*no cross-attention of single frames/s,
    });
    await wan.release();
  });
});

async function pixelsOf(video: Video): Promise<Buffer> {
  const frames: Uint8Array[] = [];
  for await (const { data } of video.frames()) frames.push(data);
  return Buffer.concat(frames);
}
