import assert from 'node:assert/strict';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { DDIMScheduler, schedulerClasses, type SchedulerName } from '../../src/pipeline/schedulers/index.js';
import type { EditVideoOptions } from '../../src/pipeline/editing/index.js';
import { resampledSteps } from '../../src/pipeline/editing/resampling.js';
import { type Box, Mask } from '../../src/pipeline/masks/index.js';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel } from './tinyModels.js';

interface Edit {
  title: string;
  method: EditVideoOptions['method'];
  prompt: string;
  source_prompt: string;
  negative_prompt: string;
  seed: number;
  num_inference_steps: number;
  strength: number;
  guidance_scale: number;
  /** What the tiny UNet's output is taken for. */
  prediction_type?: 'epsilon' | 'v_prediction';
  scheduler?: SchedulerName;
  scheduler_config?: Record<string, unknown>;
  /** What may be changed, in pixels; all where it is left out. */
  region?: Box;
  source: Stored;
  latents: Stored;
}

/** Keys of {@link Edit}; whatever else a row has is an option of its method. */
const common = new Set([
  'title',
  'prompt',
  'source_prompt',
  'negative_prompt',
  'num_inference_steps',
  'guidance_scale',
  'prediction_type',
  'scheduler',
  'scheduler_config',
  'region',
  'source',
  'latents',
]);

describe("editing methods: a seed makes what the papers' algorithms make in PyTorch", () => {
  const reference = new ReferenceFile<{ stable_diffusion: Edit[]; wan: Edit[] }>('editing');
  const filledIn = new ReferenceFile<{
    stable_diffusion: Edit[];
    orders: { steps: number; jump: number; times: number; order: number[] }[];
  }>('repaint');
  const ofPrompts = new ReferenceFile<{ stable_diffusion: Edit[] }>('promptEdits');
  const ofClips = new ReferenceFile<{ stable_diffusion: Edit[] }>('clipEdits');

  editsOf('Stable Diffusion', () => loadTinyModel('tiny-sd'), reference.index.stable_diffusion);
  editsOf('a flow model', () => LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 }), reference.index.wan);
  editsOf('Stable Diffusion, whose frames hang together', () => loadTinyModel('tiny-sd'), ofClips.index.stable_diffusion, ofClips);
  editsOf('Stable Diffusion, filling in a region', () => loadTinyModel('tiny-sd'), filledIn.index.stable_diffusion, filledIn);

  editsOf(
    'Stable Diffusion, beside which the inverted source goes along',
    () => loadTinyModel('tiny-sd'),
    ofPrompts.index.stable_diffusion,
    ofPrompts,
  );

  it("RePaint goes down and up in the order of diffusers' class", () => {
    for (const { steps, jump, times, order } of filledIn.index.orders) assert.deepEqual(resampledSteps(steps, jump, times), order);
  });

  function editsOf(
    title: string,
    load: () => Promise<LatentDiffusionModel>,
    edits: readonly Edit[],
    values: ReferenceFile<unknown> = reference,
  ): void {
    describe(title, () => {
      let model: LatentDiffusionModel;
      before(async () => (model = await load()));
      after(() => model?.release());
      for (const edit of edits) {
        it(`${String(edit.method)}: ${edit.title}`, async () => {
          assertClose(await latentsOf(model, edit, values), values.tensor(edit.latents), 'final latents');
        });
      }
    });
  }

  async function latentsOf(model: LatentDiffusionModel, edit: Edit, values: ReferenceFile<unknown>): Promise<Tensor> {
    let latents: Tensor | undefined;
    const clip = await Video.fromFrames(values.frames(edit.source), { fps: 8 });
    await model.editVideo(clip, edit.prompt, {
      ...Object.fromEntries(Object.entries(edit).filter(([key]) => !common.has(key))),
      sourcePrompt: edit.source_prompt,
      negativePrompt: edit.negative_prompt,
      numInferenceSteps: edit.num_inference_steps,
      guidanceScale: edit.guidance_scale,
      width: clip.width,
      height: clip.height,
      windowFrames: clip.frameCount,
      ...(edit.region ? { mask: Mask.rectangle(edit.region) } : {}),
      ...(edit.scheduler ? { scheduler: schedulerClasses[edit.scheduler].fromConfig({ ...edit.scheduler_config }) } : {}),
      ...(edit.prediction_type === 'v_prediction' ? { scheduler: new DDIMScheduler({ predictionType: 'v_prediction' }) } : {}),
      callbackOnStepEnd: (state) => void (latents = state.latents),
    });
    return latents!;
  }
});
