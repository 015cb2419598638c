import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrame, type EditVideoOptions } from '../../src/index.js';
import { type Frame, Generator, type Tensor } from '../../src/pipeline/core/index.js';
import { type DiffusionOptions, SharedWork } from '../../src/pipeline/diffusion/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  prompt: string;
  negative_prompt?: string;
  seed: number;
  latents: Stored;
  weights?: Record<string, number>;
}

const place = (...parts: string[]) => join(__dirname, 'loras', ...parts);

describe('runs with LoRAs: the numbers are those of diffusers with PEFT', () => {
  const reference = new ReferenceFile<{ sd1: { runs: [Run, Run] } }>('loras');
  const [plain, consistency] = reference.index.sd1.runs;
  const temporary = mkdtempSync(join(tmpdir(), 'frameloom-lora-'));
  const size = { width: 64, height: 64, numFrames: 1, onNotice: () => undefined };
  const guided = { ...size, numInferenceSteps: 6, guidanceScale: 5 };
  let model: LatentDiffusionModel;

  before(async () => {
    model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), {
      threads: 1,
      loras: [{ path: place('detail.safetensors'), weight: 0.7 }, { path: place('style') }],
    });
  });
  after(async () => {
    await model?.release();
    rmSync(temporary, { recursive: true, force: true });
  });

  async function latentsOf(
    with_: LatentDiffusionModel,
    { prompt, negative_prompt: negativePrompt, seed }: Run,
    options: DiffusionOptions,
  ): Promise<Tensor> {
    let latents: Tensor | undefined;
    await with_.generateVideo(prompt, {
      negativePrompt,
      seed,
      ...options,
      callbackOnStepEnd: (state) => void (latents = state.latents),
    });
    return latents!;
  }

  async function framesOf(video: Video): Promise<Frame[]> {
    const frames: Frame[] = [];
    for await (const frame of video.frames()) frames.push(frame);
    return frames;
  }

  it('two LoRAs over UNet and text encoder: one as loaded, one as the run says', async () => {
    assert.deepEqual(
      model.loras.all.map(({ name, weight }) => [name, weight]),
      [
        ['detail', 0.7],
        ['style', 1],
      ],
    );
    assert.equal(model.name, 'sd1 with detail with style');
    const latents = await latentsOf(model, plain, { ...guided, loraWeights: { style: -1.2 } });
    assertClose(latents, reference.tensor(plain.latents), 'final latents');
  });

  it('weights over the steps, from a function or from points; the record makes the run again', async () => {
    const fading = (timestep: number) => timestep / 999;
    const options = { ...guided, numInferenceSteps: 3 };
    const byFunction = await latentsOf(model, plain, { ...options, loraWeights: { detail: fading } });
    const byPoints = await latentsOf(model, plain, {
      ...options,
      loraWeights: {
        detail: [
          [999, 1],
          [0, 0],
        ],
      },
    });
    assertClose(byPoints, byFunction, 'points on the same line');
    assert.notDeepEqual(await latentsOf(model, plain, options), byFunction);
    const made = await model.generateVideo(plain.prompt, { seed: 3, ...options, loraWeights: { detail: fading } });
    const again = await rerun(model, made.provenance!, undefined, { onNotice: () => undefined });
    assert.deepEqual(await framesOf(again), await framesOf(made));
  });

  it('edits that differ in the strengths of a LoRA at later steps alone share neither mask nor inversion', async () => {
    const picture = createFrame(64, 64);
    picture.data.fill(200, 0, 3000);
    const clip = await Video.fromFrames([picture], { fps: 1 });
    const shared = new SharedWork();
    // The text encoder is asked at timestep 999, where both are the same.
    for (const at500 of [1, -3]) {
      const detail = [
        [999, 1],
        [998, at500],
      ] as const;
      const options: EditVideoOptions = { method: 'diffedit', sourcePrompt: 'red', scheduler: 'ddim', numInferenceSteps: 4, seed: 1 };
      const all = { ...options, width: 64, height: 64, loraWeights: { detail }, onNotice: () => undefined };
      const alone = await framesOf(await model.editVideo(clip, 'a green hill', all));
      assert.deepEqual(await framesOf(await model.editVideo(clip, 'a green hill', { ...all, shared })), alone);
    }
    const { mask, invert } = shared.report;
    assert.deepEqual(
      [mask, invert],
      [
        { made: 2, reused: 0 },
        { made: 2, reused: 0 },
      ],
    );
  });

  it('attention is tapped with the same strengths', async () => {
    const { embeddings } = await model.textEncoder.encode(plain.prompt);
    const told = { embeddings, guidanceScale: 1, loraWeights: () => [0.3, 0.9] };
    const noisy = new Generator(1).randn([1, 4, 8, 8]);
    const { prediction, attention } = await model.unet.predictTapped(noisy, 500, told, await model.unet.tap());
    assert.deepEqual(prediction.data, (await model.unet.predict(noisy, 500, told)).data);
    assert.ok(attention.size > 0);
  });

  it('an LCM-LoRA brings its scheduler, four steps and no guidance along, and says so', async () => {
    const file = join(temporary, 'lcm-lora-tiny.safetensors');
    copyFileSync(place('detail.safetensors'), file);
    const fast = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, loras: [{ path: file }] });
    const notices: string[] = [];
    const latents = await latentsOf(fast, consistency, { ...size, onNotice: (notice) => notices.push(notice) });
    const { numInferenceSteps, guidanceScale } = fast.recommended;
    assert.deepEqual([fast.scheduler.className, numInferenceSteps, guidanceScale], ['LCMScheduler', 4, 1]);
    assert.match(notices.join(' '), /lcm-lora-tiny is an LCM-LoRA/);
    assertClose(latents, reference.tensor(consistency.latents), 'final latents');
    await fast.release();
  });

  it('a weight for a LoRA that the model has not is refused before the work', async () => {
    await assert.rejects(model.generateVideo('a', { loraWeights: { detial: 1 } }), {
      code: 'FL_ARGUMENT',
      message: /did you mean "detail"/,
    });
    await assert.rejects(model.generateVideo('a', { loraWeights: { detail: 20 } }), { code: 'FL_ARGUMENT', message: /from -10 to 10/ });
    await assert.rejects(model.generateVideo('a', { ...size, loraWeights: { detail: () => NaN } }), {
      code: 'FL_ARGUMENT',
      message: /function that returns/,
    });
  });
});
