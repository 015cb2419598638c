import assert from 'node:assert/strict';
import { ContextUNet } from '../../../../src/pipeline/diffusion/contextUNet.js';
import { Generator } from '../../../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import type { GenerateVideoOptions } from '../../../../src/pipeline/pipelines/options.js';
import { prepareRun } from '../../../../src/pipeline/pipelines/prepare.js';
import { checkpoint } from '../../../parity/checkpointFolder.js';

const prompt = 'a big red car moving right on a blue background';
const cheap = { numInferenceSteps: 2, seed: 3, width: 64, height: 64, onNotice: () => undefined };
const words = { attentionControl: { words: { car: 3 } } };

const steering: [name: string, options: GenerateVideoOptions][] = [
  ['attentionControl', words],
  ['regionalPrompts', { regionalPrompts: [{ prompt: 'the sea', region: [0, 0.5, 1, 0.5] }] }],
  ['pagScale', { pagScale: 3 }],
  ['segScale', { segScale: 3 }],
  ['sagScale', { sagScale: 0.75 }],
  ['freeU', { freeU: { b1: 1.2, b2: 1.4, s1: 0.9, s2: 0.2 } }],
  ['promptToPrompt', { promptToPrompt: { sourcePrompt: 'a small blue car moving right on a red background', localBlend: 'car' } }],
];

describe('what steers the network, in clips predicted window by window at every step', () => {
  let model: LatentDiffusionModel;
  before(
    async () =>
      (model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), {
        motionAdapter: checkpoint('animatediff-v1/motion_adapter'),
        threads: 1,
      })),
  );
  after(() => model.release());
  for (const [name, options] of steering)
    it(`${name} acts within every window, and in a clip of one window as without them, bit for bit`, async () => {
      const context = { contextSchedule: 'static', contextFrames: 4, contextOverlap: 2 } as const;
      const pixelsOf = async (given: GenerateVideoOptions) => {
        const frames: Uint8Array[] = [];
        for await (const { data } of (await model.generateVideo(prompt, { ...cheap, ...given })).frames()) frames.push(data);
        return Buffer.concat(frames);
      };
      assert.deepEqual(await pixelsOf({ numFrames: 4, ...options, ...context }), await pixelsOf({ numFrames: 4, ...options }));
      assert.notDeepEqual(await pixelsOf({ numFrames: 7, ...options, ...context }), await pixelsOf({ numFrames: 7, ...context }));
    });

  it('each window is steered as it would be alone', async () => {
    const { guide } = await prepareRun(model, prompt, { ...cheap, ...words }, { width: 64, height: 64, frames: 7, fps: 8 }, false);
    const [{ conditioning }] = (await guide({ start: 0, end: 7 }))({ index: 0, steps: 3 }).terms;
    assert.equal(conditioning.rewrites?.length, 1);
    const latents = new Generator(1).randn([7, 4, 8, 8]);
    const plan = { schedule: 'static', frames: 4, stride: 1, overlap: 1, weights: 'pyramid' } as const;
    const predicted = await new ContextUNet(model.unet, plan, [900], undefined).predict(latents, 900, conditioning);
    const alone = await model.unet.predict(latents.slice(0, 4), 900, conditioning);
    assert.deepEqual(predicted.slice(0, 3).data, alone.slice(0, 3).data);
  });

  it('what a source lends, it lends window by window: to the same words the same clip', async () => {
    const long = { ...cheap, numFrames: 7, contextSchedule: 'uniform', contextFrames: 4, contextOverlap: 2 } as const;
    const latentsOf = async (given: GenerateVideoOptions) => {
      let last: ArrayLike<number> = [];
      await model.generateVideo(prompt, { ...long, ...given, callbackOnStepEnd: ({ latents }) => void (last = latents.data) });
      return last;
    };
    const plain = await latentsOf({});
    const lent = await latentsOf({ promptToPrompt: { sourcePrompt: prompt, crossReplaceSteps: 1, selfReplaceSteps: 1 } });
    for (const [i, value] of Array.from(lent).entries()) assert.ok(Math.abs(value - plain[i]!) < 1e-4, `value ${i}: ${value}, ${plain[i]}`);
  });
});
