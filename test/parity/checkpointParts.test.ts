import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { type BuiltAutoencoder, buildAutoencoder } from '../../src/pipeline/onnx/build/autoencoder.js';
import type { BuiltModel } from '../../src/pipeline/onnx/build/builtModel.js';
import { buildClipText } from '../../src/pipeline/onnx/build/clipText.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildControlNet } from '../../src/pipeline/onnx/build/controlNet.js';
import { buildMotionUNet } from '../../src/pipeline/onnx/build/motionUnet.js';
import { buildTinyAutoencoder } from '../../src/pipeline/onnx/build/tinyAutoencoder.js';
import { buildUNet } from '../../src/pipeline/onnx/build/unet.js';
import { Weights } from '../../src/pipeline/onnx/build/weights.js';
import type { Feed } from '../../src/pipeline/networks/elementTypes.js';
import { concatenate, type Tensor } from '../../src/pipeline/core/index.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Coded {
  pixels: Stored;
  parameters: Stored;
  latents: Stored;
  decoded: Stored;
}

interface Call {
  sample: Stored;
  text: Stored;
  timestep: number;
  output: Stored;
}

interface Index {
  sd1: { vae: Coded; unet: Call };
  sd2: { vae: Coded; ids: number[]; embeddings: Stored; unet: Call & { fp16: Stored; bf16: Stored } };
  motion: { calls: (Call & { name: string })[] };
  control: Omit<Call, 'output'> & { hint: Stored; scale: number; down: Stored[]; middle: Stored; steered: Stored };
  taesd: Coded;
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

/** For decoders: that of tiny-sd makes much of rounding, and PyTorch's own float32 is 1.1e-5 away from its float64 there. */
const DECODER_TOLERANCE = 2e-5;

describe('graphs built from checkpoints: each part agrees with PyTorch', () => {
  const reference = new ReferenceFile<Index>('checkpoints');
  const { sd1, sd2, motion, control, taesd } = reference.index;
  const folder = (...parts: string[]) => join(__dirname, 'checkpoints', ...parts);
  const config = (...parts: string[]) => JSON.parse(readFileSync(folder(...parts, 'config.json'), 'utf8')) as ConfigJson;
  const weights = (...parts: string[]) => readPartWeights(folder(...parts));

  async function run(built: BuiltModel, feeds: Record<string, Feed>): Promise<Record<string, Tensor>> {
    const graph = await Graph.loadBuilt(built, { threads: 1 });
    try {
      return await graph.run(feeds);
    } finally {
      await graph.release();
    }
  }

  const feedsOf = ({ sample, text, timestep }: Omit<Call, 'output'>): Record<string, Feed> => ({
    sample: reference.tensor(sample),
    timestep: { data: [timestep], dims: [1] },
    encoder_hidden_states: reference.tensor(text),
  });

  async function assertCodes({ encoder, decoder }: BuiltAutoencoder, { pixels, parameters, latents, decoded }: Coded): Promise<void> {
    const [encoded] = Object.values(await run(encoder, { sample: reference.tensor(pixels) }));
    assertClose(encoded!, reference.tensor(parameters), 'encoder', TOLERANCE);
    assertClose(
      (await run(decoder, { latent_sample: reference.tensor(latents) })).sample!,
      reference.tensor(decoded),
      'decoder',
      DECODER_TOLERANCE,
    );
  }

  for (const name of ['sd1', 'sd2'] as const) {
    it(`${name}: autoencoder, both ways`, async () => {
      await assertCodes(buildAutoencoder(config(name, 'vae'), await weights(name, 'vae')), reference.index[name].vae);
    });
  }

  it('TAESD, both ways', async () => {
    await assertCodes(buildTinyAutoencoder(config('taesd'), await weights('taesd')), taesd);
  });

  it('sd1: UNet at a size that its halving does not divide, with a fractional timestep', async () => {
    assertClose(
      (await run(buildUNet(config('sd1', 'unet'), await weights('sd1', 'unet')), feedsOf(sd1.unet))).out_sample!,
      reference.tensor(sd1.unet.output),
      'prediction',
      TOLERANCE,
    );
  });

  it('sd2: UNet in three files, with linear projections and levels of different depth', async () => {
    assertClose(
      (await run(buildUNet(config('sd2', 'unet'), await weights('sd2', 'unet')), feedsOf(sd2.unet))).out_sample!,
      reference.tensor(sd2.unet.output),
      'prediction',
      TOLERANCE,
    );
  });

  it('attention in plain steps is the same', async () => {
    const built = buildUNet(config('sd2', 'unet'), await weights('sd2', 'unet'), { plainAttention: (path) => path.endsWith('attn2') });
    assertClose((await run(built, feedsOf(sd2.unet))).out_sample!, reference.tensor(sd2.unet.output), 'prediction', TOLERANCE);
  });

  for (const type of ['fp16', 'bf16'] as const) {
    it(`weights of ${type} are cast, late, and agree with PyTorch on the rounded weights`, async () => {
      const built = buildUNet(config(`unet-${type}`, 'unet'), await weights(`unet-${type}`, 'unet'));
      assertClose((await run(built, feedsOf(sd2.unet))).out_sample!, reference.tensor(sd2.unet[type]), 'prediction', TOLERANCE);
    });
  }

  it('text encoder with GELU', async () => {
    const feeds = { input_ids: { data: sd2.ids, dims: [1, sd2.ids.length] } };
    assertClose(
      (await run(buildClipText(config('sd2', 'text_encoder'), await weights('sd2', 'text_encoder')), feeds)).last_hidden_state!,
      reference.tensor(sd2.embeddings),
      'embeddings',
      TOLERANCE,
    );
  });

  for (const call of motion.calls) {
    it(`motion adapter ${call.name} over Stable Diffusion's UNet, two clips of five frames`, async () => {
      const [unet, adapter] = [await weights('sd1', 'unet'), await weights(`animatediff-${call.name}`, 'motion_adapter')];
      const both = new Weights(new Map([...unet.tensors, ...adapter.tensors]), unet.source);
      const built = buildMotionUNet(config('sd1', 'unet'), config(`animatediff-${call.name}`, 'motion_adapter'), both);
      // A row of text for each frame; here all frames of a clip are told the same.
      const text = reference.tensor(call.text);
      const rows = concatenate([0, 1].flatMap((clip) => Array<Tensor>(5).fill(text.slice(clip, clip + 1))));
      const { out_sample: made } = await run(built, { ...feedsOf(call), encoder_hidden_states: rows });
      assertClose(made!, reference.tensor(call.output), 'prediction', TOLERANCE);
    });
  }

  it("a ControlNet's residuals, and the UNet that takes them", async () => {
    const feeds = {
      ...feedsOf(control),
      controlnet_cond: reference.tensor(control.hint),
      conditioning_scale: { data: [control.scale], dims: [] },
    };
    const residuals = await run(buildControlNet(config('controlnet'), await weights('controlnet')), feeds);
    for (const [i, down] of control.down.entries())
      assertClose(residuals[`down_block_${i}_additional_residual`]!, reference.tensor(down), `residual ${i}`, TOLERANCE);
    assertClose(residuals.mid_block_additional_residual!, reference.tensor(control.middle), 'middle', TOLERANCE);
    const built = buildUNet(config('sd1', 'unet'), await weights('sd1', 'unet'), { takesResiduals: true });
    assertClose(
      (await run(built, { ...feedsOf(control), ...residuals })).out_sample!,
      reference.tensor(control.steered),
      'prediction',
      TOLERANCE,
    );
  });

  it('sizes and graphs hold no weights: a UNet’s graph is small', async () => {
    const built = buildUNet(config('sd1', 'unet'), await weights('sd1', 'unet'));
    assert.ok(built.bytes.length < 500_000, `${built.bytes.length} bytes`);
    assert.equal(built.weightsFolder, folder('sd1', 'unet'));
  });
});
