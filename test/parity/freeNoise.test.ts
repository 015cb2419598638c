import assert from 'node:assert/strict';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { windowsInside } from '../../src/pipeline/diffusion/index.js';
import type { ContextOptions } from '../../src/pipeline/diffusion/contextOptions.js';
import type { ContextPlan } from '../../src/pipeline/diffusion/contextWindows.js';
import { type GraphRewrite, tokenWeights } from '../../src/pipeline/networks/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpointFolder } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { inTinyFolder } from './tinyModels.js';

interface Windows {
  weights: string;
  length: number;
  stride: number;
  frames: number;
}

interface Run extends Windows {
  prompt: string;
  negative_prompt: string;
  seed: number;
  num_inference_steps: number;
  guidance_scale: number;
  /** Of an edit of `source`; undefined from text. */
  strength?: number;
  /** Texts by frames in the place of the prompt. */
  travel?: Record<number, string>;
  source?: Stored;
  latents: Stored;
}

interface Call extends Windows {
  timestep: number;
  sample: Stored;
  text: Stored;
  output: Stored;
}

interface Weighed {
  /** A folder to lay over `tiny-sd`, or a checkpoint over `sd1`. */
  model: string;
  /** Weights of each frame, by the positions of tokens. */
  weights: [token: number, byFrame: number[]][];
  timestep: number;
  sample: Stored;
  text: Stored;
  output: Stored;
}

const reference = new ReferenceFile<{ runs: Run[]; calls: Call[]; weighed: Weighed[] }>('freeNoise');

/** What `enable_free_noise` was told, as our options. */
function windowsOf({ weights, length, stride }: Windows) {
  return {
    contextSchedule: 'static',
    contextFrames: length,
    contextOverlap: length - stride,
    contextWeights: weights.replaceAll('_', '-') as ContextOptions['contextWeights'],
    contextInside: 'motion-modules',
  } as const;
}

describe('FreeNoise: what diffusers makes of a clip longer than the windows of its motion modules', () => {
  let model: LatentDiffusionModel;
  const { folder, remove } = checkpointFolder('sd1', 'animatediff-v2');
  before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await model?.release();
    remove();
  });

  for (const run of reference.index.runs)
    it(`${run.frames} frames ${run.strength === undefined ? 'from text' : 'of a clip'}, windows of ${run.length} every ${run.stride}, ${run.weights}${run.travel ? ', told other texts on the way' : ''}`, async () => {
      let last: Tensor | undefined;
      const options = {
        negativePrompt: run.negative_prompt,
        seed: run.seed,
        numInferenceSteps: run.num_inference_steps,
        guidanceScale: run.guidance_scale,
        width: 64,
        height: 64,
        ...windowsOf(run),
        ...(run.travel && { promptTravel: run.travel }),
        callbackOnStepEnd: ({ latents }: { latents: Tensor }) => void (last = latents),
      };
      const freeNoise = { contextLength: run.length, contextStride: run.stride };
      if (run.source === undefined) await model.generateVideo(run.prompt, { ...options, numFrames: run.frames, freeNoise });
      else {
        const clip = await Video.fromFrames(reference.frames(run.source), { fps: 8 });
        await model.editVideo(clip, run.prompt, { ...options, method: 'sdedit', strength: run.strength });
      }
      assertClose(last!, reference.tensor(run.latents), 'latents');
    });
});

describe('FreeNoise: one call of an exported motion UNet', () => {
  for (const call of reference.index.calls)
    it(`${call.frames} frames, windows of ${call.length} every ${call.stride}, ${call.weights}`, () =>
      inTinyFolder(['tiny-motion-free'], async (folder) => {
        const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
        const { contextFrames: frames, contextOverlap: overlap, contextWeights: weights } = windowsOf(call);
        const plan: ContextPlan = { schedule: 'static', frames, stride: 1, overlap, weights: weights!, inside: 'motion-modules' };
        const told = { embeddings: reference.tensor(call.text), guidanceScale: 1, rewrites: windowsInside(model, plan) };
        const output = await model.unet.predict(reference.tensor(call.sample), call.timestep, told);
        assertClose(output, reference.tensor(call.output), 'output', 1e-5);
        await model.release();
      }));
});

describe('words weighed frame by frame in a motion UNet: one call as PyTorch makes it', () => {
  for (const { model: name, weights, timestep, sample, text, output } of reference.index.weighed)
    it(name, async () => {
      const call = async (model: LatentDiffusionModel) => {
        const predict = (...rewrites: GraphRewrite[]) =>
          model.unet.predict(reference.tensor(sample), timestep, { embeddings: reference.tensor(text), guidanceScale: 1, rewrites });
        assertClose(await predict(tokenWeights(model.unet, new Map(weights))), reference.tensor(output), 'output', 1e-5);
        // Weights of 1 change nothing, bit for bit.
        const ones = new Map(weights.map(([token, byFrame]) => [token, byFrame.map(() => 1)] as const));
        assert.deepEqual((await predict(tokenWeights(model.unet, ones))).data, (await predict()).data);
        await model.release();
      };
      if (name === 'tiny-motion-free')
        return inTinyFolder([name], async (folder) => call(await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
      const place = checkpointFolder('sd1', name);
      await call(await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 }));
      place.remove();
    });
});
