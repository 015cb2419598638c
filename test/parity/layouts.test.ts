import assert from 'node:assert/strict';
import type { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Generator } from '../../src/pipeline/core/generator.js';
import { DDIMScheduler } from '../../src/pipeline/schedulers/index.js';
import type { Tensor } from '../../src/pipeline/core/tensor.js';
import { assertClose, relativeError } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel } from './tinyModels.js';

interface PartsIndex {
  text: { prompt: string; embeddings: Stored }[];
  vae: { frames: Stored; mean: Stored; logvar: Stored; sample: Stored; decoded: Stored };
  unet: { sample: Stored; embeddings: Stored; calls: { timestep: number; output: Stored }[] };
}

interface PipelinesIndex {
  text_to_image: {
    title: string;
    prompt: string;
    negative_prompt: string;
    seed: number;
    num_inference_steps: number;
    guidance_scale: number;
    latents: Stored;
  }[];
}

/** Half precision holds about three digits; some are lost on the way through a network. */
const HALF_TOLERANCE = 0.1;

describe('layouts: the same model in other published forms gives the same', () => {
  const parts = new ReferenceFile<PartsIndex>('parts');
  const pipelines = new ReferenceFile<PipelinesIndex>('pipelines');
  const run = pipelines.index.text_to_image.find(({ title }) => title === 'DDIM')!;

  async function finalLatents(model: LatentDiffusionModel): Promise<Tensor> {
    let latents: Tensor | undefined;
    await model.generateVideo(run.prompt, {
      negativePrompt: run.negative_prompt,
      numFrames: 1,
      width: 64,
      height: 64,
      seed: run.seed,
      numInferenceSteps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      scheduler: new DDIMScheduler(),
      callbackOnStepEnd: (state) => void (latents = state.latents),
    });
    return latents!;
  }

  describe('legacy: int32 ids, int64 timestep [1], external weights.pb, no config.json beside the graphs', () => {
    let model: LatentDiffusionModel;
    before(async () => {
      model = await loadTinyModel('tiny-sd-legacy');
    });
    after(() => model.release());

    it('text embeddings', async () => {
      const { prompt, embeddings } = parts.index.text[1]!;
      assertClose((await model.textEncoder.encode(prompt)).embeddings, parts.tensor(embeddings), 'embeddings');
    });

    it('a whole run', async () => {
      assertClose(await finalLatents(model), pipelines.tensor(run.latents), 'final latents');
    });

    it("an encoder that draws from the posterior by the runtime's own noise", async () => {
      const { frames, mean, logvar } = parts.index.vae;
      const latents = await model.vae.encode(parts.frames(frames));
      const centre = parts.tensor(mean);
      const spread = parts.tensor(logvar).map((value) => Math.exp(value / 2) * model.vae.scalingFactor);
      assert.deepEqual([...latents.dims], [...centre.dims]);
      const deviations = latents.map((value, i) => (value - centre.data[i]!) / spread.data[i]!);
      const { min, max } = deviations.range();
      assert.ok(min > -6 && max < 6, `a latent is ${Math.max(-min, max)} standard deviations from its mean`);
      assert.ok(min < -0.5 && max > 0.5, 'it is a sample, not the mean');
    });
  });

  describe('half precision: float16 inputs and outputs', () => {
    let model: LatentDiffusionModel;
    before(async () => {
      model = await loadTinyModel('tiny-sd-fp16');
    });
    after(() => model.release());

    it('text embeddings', async () => {
      const { prompt, embeddings } = parts.index.text[1]!;
      assertClose((await model.textEncoder.encode(prompt)).embeddings, parts.tensor(embeddings), 'embeddings', HALF_TOLERANCE);
    });

    it('the UNet', async () => {
      const { sample, embeddings, calls } = parts.index.unet;
      for (const { timestep, output } of calls) {
        const prediction = await model.unet.predict(parts.tensor(sample), timestep, {
          embeddings: parts.tensor(embeddings),
          guidanceScale: 1,
        });
        assertClose(prediction, parts.tensor(output), `prediction at timestep ${timestep}`, HALF_TOLERANCE);
      }
    });

    it('the VAE there and back', async () => {
      const { frames, sample, decoded } = parts.index.vae;
      assertClose(await model.vae.encode(parts.frames(frames), new Generator(31)), parts.tensor(sample), 'latents', HALF_TOLERANCE);
      const levels = (await model.vae.decode(parts.tensor(sample))).flatMap(({ data }) => [...data]);
      const error = relativeError(levels, parts.numbers(decoded));
      assert.ok(error < HALF_TOLERANCE, `pixels differ by ${error}`);
    });

    it('a whole run', async () => {
      assertClose(await finalLatents(model), pipelines.tensor(run.latents), 'final latents', HALF_TOLERANCE);
    });
  });
});
