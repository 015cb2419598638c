import assert from 'node:assert/strict';
import type { DiffusionOptions, StepState } from '../../src/pipeline/diffusion/options.js';
import type { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { schedulerClasses, type SchedulerName } from '../../src/pipeline/schedulers/index.js';
import type { Frame } from '../../src/pipeline/core/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel, loadTinyMotionModel } from './tinyModels.js';

interface Run {
  title: string;
  scheduler: SchedulerName;
  /** What stands in its settings beside the model's own. */
  scheduler_config: Record<string, unknown>;
  prompt: string;
  negative_prompt: string | null;
  seed: number;
  guidance_scale: number;
  guidance_rescale?: number;
  eta?: number;
  num_inference_steps: number;
  timesteps: number[];
  frames: number;
  /** Latents before the first step, after it, and at the end: `[frames, channels, height, width]`. */
  start: Stored;
  after_first: Stored;
  latents: Stored;
  /** Decoded, `[frames, height, width, 3]`. */
  pixels: Stored;
  width?: number;
  height?: number;
  /** Of runs that start from pictures. */
  strength?: number;
  source?: Stored;
}

interface PipelinesIndex {
  text_to_image: Run[];
  image_to_image: Run[];
  motion: Run[];
}

describe('pipelines: a seed makes the picture that diffusers makes', () => {
  const reference = new ReferenceFile<PipelinesIndex>('pipelines');
  const { text_to_image: textToImage, image_to_image: imageToImage, motion } = reference.index;

  describe('text to image', () => {
    eachRun(() => loadTinyModel('tiny-sd'), textToImage);
  });

  describe('image to image', () => {
    eachRun(() => loadTinyModel('tiny-sd'), imageToImage);
  });

  describe('motion (AnimateDiff)', () => {
    eachRun(loadTinyMotionModel, motion);
  });

  function eachRun(load: () => Promise<LatentDiffusionModel>, runs: readonly Run[]): void {
    let model: LatentDiffusionModel;
    before(async () => {
      model = await load();
    });
    after(() => model.release());

    for (const run of runs) {
      it(run.title, async () => {
        const { states, frames } = await make(model, run);
        assert.equal(states.length, run.timesteps.length, 'number of steps');
        for (const [i, { timestep }] of states.entries())
          assert.ok(Math.abs(timestep - run.timesteps[i]!) < 1e-3, `timestep ${i} is ${timestep} instead of ${run.timesteps[i]}`);
        assertClose(states[0]!.latents, reference.tensor(run.after_first), 'latents after the first step');
        assertClose(states.at(-1)!.latents, reference.tensor(run.latents), 'final latents');
        assertClosePixels(frames, reference.frames(run.pixels), 'pixels');
      });
    }
  }

  /** One run by the library's face, with a look at every step. */
  async function make(model: LatentDiffusionModel, run: Run): Promise<{ states: StepState[]; frames: Frame[] }> {
    const states: StepState[] = [];
    const options: DiffusionOptions = {
      negativePrompt: run.negative_prompt ?? undefined,
      numInferenceSteps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      guidanceRescale: run.guidance_rescale,
      eta: run.eta,
      seed: run.seed,
      scheduler: schedulerClasses[run.scheduler].fromConfig(run.scheduler_config),
      width: run.width,
      height: run.height,
      callbackOnStepEnd: (state) => void states.push(state),
    };
    const video = run.source
      ? await model.editVideo(await Video.fromFrames(reference.frames(run.source), { fps: 8 }), run.prompt, {
          ...options,
          strength: run.strength,
        })
      : await model.generateVideo(run.prompt, { ...options, numFrames: run.frames });
    const frames: Frame[] = [];
    for await (const frame of video.frames()) frames.push(frame);
    return { states, frames };
  }
});
