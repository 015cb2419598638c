import assert from 'node:assert/strict';
import path from 'node:path';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { type GraphRewrite, lentAttention, lentFeatures, refinedTokens, smoothedAttention } from '../../src/pipeline/networks/index.js';
import { ModelFolder } from '../../src/pipeline/networks/modelFolder.js';
import { UNet } from '../../src/pipeline/networks/unet.js';
import type { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import type { GenerateVideoOptions } from '../../src/pipeline/pipelines/options.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { loadTinyModel } from './tinyModels.js';

interface LentIndex {
  sample: Stored;
  embeddings: Stored;
  source_sample: Stored;
  source_embeddings: Stored;
  timestep: number;
  source_prompt: string;
  negative_prompt: string;
  num_inference_steps: number;
  guidance_scale: number;
  seed: number;
  mixed_calls: { self: boolean; mapped: Stored; shared: Stored; output: Stored }[];
  feature_calls: { features: boolean; attention: boolean; output: Stored }[];
  smoothed_calls: { layers: string[]; sigma: number | null; output: Stored }[];
  smoothed_runs: { guidance_scale: number; seg_scale: number; sigma: number | null; latents: Stored }[];
  self_attention_runs: { guidance_scale: number; sag_scale: number; scheduler: string; latents: Stored }[];
  prompt_to_prompt_runs: {
    alignment: 'replace' | 'refine';
    prompt: string;
    cross_replace_steps: number;
    self_replace_steps: number;
    local_blend: string | null;
    blend_threshold: number;
    source: Stored;
    latents: Stored;
  }[];
}

/** One call of the network, relative to the reference. */
const CALL_TOLERANCE = 1e-5;

const reference = new ReferenceFile<LentIndex>('lent_attention');
const { timestep, ...index } = reference.index;
const [sample, embeddings] = [reference.tensor(index.sample), reference.tensor(index.embeddings)];
const [sourceSample, sourceEmbeddings] = [reference.tensor(index.source_sample), reference.tensor(index.source_embeddings)];
const told = { embeddings, guidanceScale: 1 };
const size = { height: 8, width: 8 };
const folders = { 'an export': 'tiny-sd', 'an older export': 'tiny-sd-legacy', 'a graph built from a checkpoint': checkpoint('sd1') };

for (const [title, folder] of Object.entries(folders)) {
  describe(`${title}, lent what a source computes: one call as PyTorch makes it, and nothing changed bit for bit`, () => {
    let network: UNet;
    before(async () => (network = await open(folder)));
    after(() => network.release());
    const predict = (rewrites: readonly GraphRewrite[]) => network.predict(sample, timestep, { ...told, rewrites });
    const lend = (lender: GraphRewrite) =>
      network.predict(sourceSample, timestep, { embeddings: sourceEmbeddings, guidanceScale: 1, rewrites: [lender] });

    it("where the source's words and places look", async () => {
      const loan = lentAttention(network, size);
      loan.begin();
      const lending = await lend(loan.lender);
      assert.deepEqual(
        lending.data,
        (await network.predict(sourceSample, timestep, { embeddings: sourceEmbeddings, guidanceScale: 1 })).data,
        'what lends computes what it did',
      );
      for (const { self, mapped, shared, output } of index.mixed_calls) {
        const cross = { mapped: reference.tensor(mapped).data, shared: reference.tensor(shared).data };
        assertClose(await predict([loan.borrower({ self, cross })]), reference.tensor(output), `self ${self}`, CALL_TOLERANCE);
      }
      assert.deepEqual((await predict([loan.borrower({ self: false, cross: undefined })])).data, (await predict([])).data);
    });

    it('features of a residual block and where places look behind it', async () => {
      const loan = lentFeatures(network);
      loan.begin();
      await lend(loan.lender);
      for (const { features, attention, output } of index.feature_calls)
        assertClose(
          await predict([loan.borrower({ features, attention })]),
          reference.tensor(output),
          `features ${features}, attention ${attention}`,
          CALL_TOLERANCE,
        );
      assert.deepEqual((await predict([loan.borrower({ features: false, attention: false })])).data, (await predict([])).data);
    });

    for (const { layers, sigma, output } of index.smoothed_calls)
      it(`queries blurred by ${sigma ?? 'infinity'} in ${layers.join(' and ')}`, async () =>
        assertClose(
          await predict([smoothedAttention(network, sigma ?? undefined, layers)]),
          reference.tensor(output),
          'output',
          CALL_TOLERANCE,
        ));
  });
}

describe('attention that cannot be lent', () => {
  it('operands that are packed together are refused with a sentence', async () => {
    const network = await open('tiny-attentions');
    assert.throws(() => lentAttention(network, size), { code: 'FL_ONNX_UNSUPPORTED', message: /are packed together/ });
    await network.release();
  });
});

describe('two prompts from one noise: whole runs as the authors’ algorithm makes them', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());
  for (const run of index.prompt_to_prompt_runs)
    it(`${run.alignment}, words for ${run.cross_replace_steps} of the steps, places for ${run.self_replace_steps}, blended at ${run.local_blend ?? 'no word'}`, async () => {
      const { latents } = await lastLatents(model, run.prompt, {
        ...settings(index.guidance_scale),
        promptToPrompt: {
          sourcePrompt: index.source_prompt,
          alignment: run.alignment,
          crossReplaceSteps: run.cross_replace_steps,
          selfReplaceSteps: run.self_replace_steps,
          blendThreshold: run.blend_threshold,
          ...(run.local_blend !== null && { localBlend: run.local_blend }),
        },
      });
      assertClose(latents, reference.tensor(run.latents), 'final latents');
    });

  it('with shares of nothing it is the run without it, bit for bit', async () => {
    const plain = await lastLatents(model, 'a blue boat', settings(4));
    const promptToPrompt = { sourcePrompt: 'a red boat', crossReplaceSteps: 0, selfReplaceSteps: 0 };
    assert.deepEqual((await lastLatents(model, 'a blue boat', { ...settings(4), promptToPrompt })).latents.data, plain.latents.data);
  });

  it('with the same words it is the same clip', async () => {
    const plain = await lastLatents(model, 'a blue boat', settings(4));
    const promptToPrompt = { sourcePrompt: 'a blue boat', crossReplaceSteps: 1, selfReplaceSteps: 1 };
    assertClose((await lastLatents(model, 'a blue boat', { ...settings(4), promptToPrompt })).latents, plain.latents, 'latents', 1e-5);
  });

  it('both clips draw the same noise at every step', async () => {
    const ancestral = { ...settings(4), scheduler: 'euler_a' };
    const promptToPrompt = { sourcePrompt: 'a blue boat', crossReplaceSteps: 1, selfReplaceSteps: 1 };
    const plain = await lastLatents(model, 'a blue boat', ancestral);
    assertClose((await lastLatents(model, 'a blue boat', { ...ancestral, promptToPrompt })).latents, plain.latents, 'latents', 1e-5);
  });
});

describe('words of two prompts', () => {
  it('what came in has its own attention, what stayed the source’s', async () => {
    const model = await loadTinyModel('tiny-sd');
    const { shared } = refinedTokens(model.tokenizer, 'a red boat', 'a big red boat');
    const added = model.tokenizer.wordsOf('a big red boat')[1]!.tokens;
    assert.deepEqual(
      [...shared].flatMap((share, token) => (share === 0 ? [token] : [])),
      [...added],
    );
    await model.release();
  });
});

describe('guidance away from smoothed and from blurred predictions', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());
  for (const run of index.smoothed_runs)
    it(`smoothed energy guidance ${run.seg_scale}, blurred by ${run.sigma ?? 'infinity'}, guidance ${run.guidance_scale}`, async () => {
      const { latents } = await lastLatents(model, index.source_prompt, {
        ...settings(run.guidance_scale),
        segScale: run.seg_scale,
        ...(run.sigma !== null && { segBlurSigma: run.sigma }),
      });
      assertClose(latents, reference.tensor(run.latents), 'final latents');
    });
  for (const run of index.self_attention_runs)
    it(`self-attention guidance ${run.sag_scale} as StableDiffusionSAGPipeline has it, ${run.scheduler}, guidance ${run.guidance_scale}`, async () => {
      const { latents } = await lastLatents(model, index.source_prompt, {
        ...settings(run.guidance_scale),
        sagScale: run.sag_scale,
        scheduler: run.scheduler,
      });
      assertClose(latents, reference.tensor(run.latents), 'final latents');
    });
});

function settings(guidanceScale: number): GenerateVideoOptions {
  return {
    negativePrompt: index.negative_prompt,
    numInferenceSteps: index.num_inference_steps,
    seed: index.seed,
    guidanceScale,
    numFrames: 1,
    width: 64,
    height: 64,
    onNotice: () => undefined,
  };
}

async function lastLatents(model: LatentDiffusionModel, prompt: string, options: GenerateVideoOptions): Promise<{ latents: Tensor }> {
  let latents: Tensor | undefined;
  await model.generateVideo(prompt, { ...options, callbackOnStepEnd: (state) => void (latents = state.latents) });
  return { latents: latents! };
}

async function open(folder: string): Promise<UNet> {
  return UNet.load(await ModelFolder.open(path.resolve(__dirname, folder)), { threads: 1 });
}
