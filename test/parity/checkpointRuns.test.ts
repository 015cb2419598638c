import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Frame, Generator, type Tensor } from '../../src/pipeline/core/index.js';
import type { DiffusionOptions } from '../../src/pipeline/diffusion/options.js';
import { tensorToFrames } from '../../src/pipeline/networks/pixels.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { schedulerClasses, type SchedulerName } from '../../src/pipeline/schedulers/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  title?: string;
  scheduler?: SchedulerName;
  scheduler_config?: Record<string, unknown>;
  prompt: string;
  negative_prompt?: string | null;
  seed: number;
  guidance_scale: number;
  num_inference_steps: number;
  frames?: number;
  width?: number;
  height?: number;
  strength?: number;
  source?: Stored;
  latents: Stored;
  pixels: Stored;
}

describe('runs from checkpoints: the numbers are those of diffusers', () => {
  const pipelines = new ReferenceFile<{ text_to_image: Run[]; image_to_image: Run[]; motion: Run[] }>('pipelines');
  const folders = new ReferenceFile<{ consistency: Run[] }>('folders');
  const own = new ReferenceFile<{
    sd2: { runs: Run[] };
    motion: { runs: Run[] };
    taesd: Record<'pixels' | 'parameters' | 'latents' | 'decoded', Stored>;
  }>('checkpoints');
  const further = new ReferenceFile<{
    turbo: { scheduler: Record<string, unknown>; runs: Run[] };
    moved: { weights: Record<string, number>; runs: Run[] };
  }>('checkpointRuns');
  const titled = (runs: readonly Run[], ...titles: string[]) => runs.filter(({ title }) => titles.includes(title!));

  runsOf(
    'Stable Diffusion 1',
    pipelines,
    [
      ...titled(pipelines.index.text_to_image, 'DDIM', 'Euler ancestral', 'two frames, wide, DPM++', 'PNDM'),
      ...titled(pipelines.index.image_to_image, 'DDIM, strength 0.6', 'two frames, DDIM, strength 0.6'),
    ],
    ['sd1'],
  );
  runsOf(
    'Stable Diffusion 2, which predicts velocities',
    own,
    own.index.sd2.runs.map((run) => ({ width: 32, height: 16, ...run })),
    ['sd2'],
  );
  runsOf(
    'a latent consistency model',
    folders,
    folders.index.consistency.map((run) => ({ width: 64, height: 64, ...run })),
    ['sd1', 'lcm'],
  );
  runsOf(
    'AnimateDiff: a motion adapter inside the folder',
    own,
    own.index.motion.runs.map((run) => ({ width: 64, height: 64, frames: 4, ...run })),
    ['sd1', 'animatediff-v2'],
  );
  runsOf(
    'AnimateDiff: a motion UNet that was saved whole',
    pipelines,
    pipelines.index.motion,
    ['sd1', 'animatediff-v2', 'motion-unet'],
    {},
  );

  runsOf(
    'SD-Turbo: one to four steps without guidance',
    further,
    further.index.turbo.runs.map((run) => ({ width: 32, height: 16, ...run })),
    ['sd2'],
    {
      scheduler: schedulerClasses.EulerDiscreteScheduler.fromConfig(further.index.turbo.scheduler),
    },
  );
  runsOf("AnimateDiff under a camera's LoRA and a domain adapter", further, further.index.moved.runs, ['sd1', 'animatediff-v2'], {
    loras: Object.entries(further.index.moved.weights).map(([name, weight]) => ({
      path: join(__dirname, 'loras', `${name}.safetensors`),
      weight,
    })),
  });

  function runsOf(
    title: string,
    reference: ReferenceFile<unknown>,
    runs: readonly Run[],
    layers: readonly string[],
    options: object = {},
  ): void {
    describe(title, () => {
      let model: LatentDiffusionModel;
      const { folder, remove } = checkpointFolder(...layers);
      before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, ...options })));
      after(async () => {
        await model?.release();
        remove();
      });
      for (const run of runs) {
        it(`${run.title ?? (run.strength === undefined ? 'from text' : 'from pictures')}, ${run.num_inference_steps} steps, guidance ${run.guidance_scale}, seed ${run.seed}`, async () => {
          const { latents, frames } = await make(model, run, reference);
          assertClose(latents, reference.tensor(run.latents), 'final latents');
          assertClosePixels(frames, reference.frames(run.pixels), 'pixels');
        });
      }
    });
  }

  it('a motion adapter from elsewhere gives what one inside the folder gives', async () => {
    const [run] = own.index.motion.runs as [Run];
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), {
      threads: 1,
      motionAdapter: checkpoint('animatediff-v2', 'motion_adapter'),
    });
    assert.ok(model.unet.hasMotion);
    assert.equal(model.windowFrames, 16);
    assert.equal(model.name, 'sd1 with motion_adapter');
    await assert.rejects(model.generateVideo('a', { numFrames: 33 }), { code: 'FL_ARGUMENT', message: /at most 32 .*positions/ });
    const sites = await model.unet.attentionSites();
    assert.deepEqual([...new Set(sites.map(({ kind }) => kind))].sort(), ['cross', 'self', 'temporal']);
    assert.ok(
      sites.filter(({ kind }) => kind === 'temporal').every(({ id, heads }) => id.includes('motion_modules') && heads === 2),
      'heads of motion modules',
    );
    const { embeddings } = await model.textEncoder.encode('a red balloon');
    const noisy = new Generator(1).randn([4, 4, 8, 8]);
    const told = { embeddings, guidanceScale: 1 };
    const { prediction, attention } = await model.unet.predictTapped(
      noisy,
      500,
      told,
      await model.unet.tap({ kinds: ['cross', 'temporal'], heads: 'each' }),
    );
    assert.deepEqual(prediction.data, (await model.unet.predict(noisy, 500, told)).data);
    assert.deepEqual(attention.get('down_blocks.0.attentions.0.transformer_blocks.0.attn2')!.dims, [4, 2, 8, 8, 77]);
    assert.deepEqual(attention.get('down_blocks.0.motion_modules.0.transformer_blocks.0.attn1')!.dims, [64, 2, 4, 4]);
    assert.equal(model.schedulerConfig.beta_schedule, 'linear', 'the noise that motion modules were trained on');
    const { latents } = await make(
      model,
      { ...run, width: 64, height: 64, frames: 4, scheduler: 'DDIMScheduler', scheduler_config: { set_alpha_to_one: true } },
      own,
    );
    assertClose(latents, own.tensor(run.latents), 'final latents');
    await model.release();
  });

  it("TAESD in the place of a model's autoencoder, both ways", async () => {
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, vae: checkpoint('taesd') });
    assert.deepEqual([model.vae.scalingFactor, model.vae.scaleFactor, model.vae.latentChannels], [1, 8, 4]);
    const { pixels, parameters, latents, decoded } = own.index.taesd;
    assertClose(await model.vae.decodePixels(own.tensor(latents)), own.tensor(decoded), 'decoded');
    const clip = await Video.fromFrames(tensorToFrames(own.tensor(pixels)), { fps: 8 });
    const frames: Frame[] = [];
    for await (const frame of clip.frames()) frames.push(frame);
    // Eight bits a channel are what pixels were rounded to.
    assertClose(await model.vae.encode(frames), own.tensor(parameters), 'encoded', 0.05);
    await model.release();
  });

  it('attention is tapped in a built graph, and the prediction stays what it was, bit for bit', async () => {
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
    const { embeddings } = await model.textEncoder.encode('a red balloon');
    const sites = await model.unet.attentionSites();
    assert.deepEqual([...new Set(sites.map(({ kind }) => kind))].sort(), ['cross', 'self']);
    assert.ok(
      sites.some(({ id }) => id === 'down_blocks.0.attentions.0.transformer_blocks.0.attn2'),
      sites.map(({ id }) => id).join(),
    );
    const latents = pipelines.tensor(pipelines.index.text_to_image[0]!.latents);
    const plain = await model.unet.predict(latents, 500, { embeddings, guidanceScale: 1 });
    const { prediction, attention } = await model.unet.predictTapped(
      latents,
      500,
      { embeddings, guidanceScale: 1 },
      await model.unet.tap({ kinds: ['cross', 'self'] }),
    );
    assert.deepEqual(prediction.data, plain.data);
    for (const map of attention.values())
      assert.ok(Math.abs(map.data.slice(0, map.dims.at(-1)).reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
    await model.release();
  });

  async function make(
    model: LatentDiffusionModel,
    run: Run,
    reference: ReferenceFile<unknown>,
  ): Promise<{ latents: Tensor; frames: Frame[] }> {
    let latents: Tensor | undefined;
    const options: DiffusionOptions = {
      negativePrompt: run.negative_prompt ?? undefined,
      numInferenceSteps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      seed: run.seed,
      ...(run.scheduler ? { scheduler: schedulerClasses[run.scheduler].fromConfig({ ...run.scheduler_config }) } : {}),
      callbackOnStepEnd: (state) => void (latents = state.latents),
    };
    const size = run.source && run.width === undefined ? {} : { width: run.width, height: run.height };
    const video = run.source
      ? await model.editVideo(await Video.fromFrames(reference.frames(run.source), { fps: 8 }), run.prompt, {
          ...options,
          ...size,
          strength: run.strength,
        })
      : await model.generateVideo(run.prompt, { ...options, ...size, numFrames: run.frames ?? 1 });
    const frames: Frame[] = [];
    for await (const frame of video.frames()) frames.push(frame);
    return { latents: latents!, frames };
  }
});
