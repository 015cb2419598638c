import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { swapFramesAndChannels, type Tensor } from '../../src/pipeline/core/index.js';
import type { Feed } from '../../src/pipeline/networks/elementTypes.js';
import { ClipChunks } from '../../src/pipeline/networks/clipChunks.js';
import { chunkSizes } from '../../src/pipeline/networks/clipCoding.js';
import { codeTiled } from '../../src/pipeline/networks/tiledCoding.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import type { BuiltModel } from '../../src/pipeline/onnx/build/builtModel.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildT5Encoder, buildWanAutoencoder, buildWanTransformer } from '../../src/pipeline/onnx/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Index {
  transformer: { calls: { sample: Stored; text: Stored; timestep: number[]; output: Stored }[]; fp16: Stored; bf16: Stored };
  text: { ids: number[][]; embeddings: Stored }[];
  vae: { pixels: Stored; parameters: Stored; latents: Stored; decoded: Stored }[];
  tiled: { side: number; stride: number; pixels: Stored; parameters: Stored; latents: Stored; decoded: Stored };
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

/** For the decoder: PyTorch's own float32 is up to 1.3e-5 away from its float64 there. */
const DECODER_TOLERANCE = 2e-5;

describe('Wan 2.1: each part, built from its checkpoint, agrees with PyTorch', () => {
  const reference = new ReferenceFile<Index>('wan');
  const { transformer, text, vae } = reference.index;
  const config = (...parts: string[]) => JSON.parse(readFileSync(checkpoint(...parts, 'config.json'), 'utf8')) as ConfigJson;

  /** Runs a graph for each of several calls, in one session: sizes may differ from call to call. */
  async function run(built: BuiltModel, calls: readonly Record<string, Feed>[]): Promise<Tensor[]> {
    const graph = await Graph.loadBuilt(built, { threads: 1 });
    try {
      const results: Tensor[] = [];
      for (const feeds of calls) results.push(Object.values(await graph.run(feeds))[0]!);
      return results;
    } finally {
      await graph.release();
    }
  }

  const feedsOf = ({ sample, text: words, timestep }: (typeof transformer.calls)[number]): Record<string, Feed> => ({
    hidden_states: reference.tensor(sample),
    timestep: { data: timestep, dims: [timestep.length] },
    encoder_hidden_states: reference.tensor(words),
  });

  for (const [title, options] of [
    ['transformer: clips of several lengths, sizes, batches and prompts', {}],
    ['transformer with attention in plain steps', { plainAttention: () => true }],
  ] as const) {
    it(title, async () => {
      const built = buildWanTransformer(config('wan', 'transformer'), await readPartWeights(checkpoint('wan', 'transformer')), options);
      const outputs = await run(built, transformer.calls.map(feedsOf));
      for (const [i, { output }] of transformer.calls.entries()) assertClose(outputs[i]!, reference.tensor(output), `call ${i}`, TOLERANCE);
    });
  }

  for (const type of ['fp16', 'bf16'] as const) {
    it(`transformer: weights of ${type} are cast, late, and agree with PyTorch on the rounded weights`, async () => {
      const place = [`wan-${type}`, 'transformer'];
      const built = buildWanTransformer(config(...place), await readPartWeights(checkpoint(...place)));
      const [output] = await run(built, [feedsOf(transformer.calls.at(-1)!)]);
      assertClose(output!, reference.tensor(transformer[type]), 'velocity', TOLERANCE);
    });
  }

  it('UMT5: prompts of 1, 11 and 200 tokens, as far as its distances reach and farther', async () => {
    const built = buildT5Encoder(config('wan', 'text_encoder'), await readPartWeights(checkpoint('wan', 'text_encoder')));
    const feeds = text.map(({ ids }) => ({ input_ids: { data: ids.flat(), dims: [ids.length, ids[0]!.length] } }));
    const outputs = await run(built, feeds);
    for (const [i, { embeddings }] of text.entries())
      assertClose(outputs[i]!, reference.tensor(embeddings), `prompt of ${text[i]!.ids[0]!.length}`, TOLERANCE);
  });

  it('autoencoder: one picture, five frames and seventeen in one pass, as diffusers codes them frame by frame', async () => {
    const { encoder, decoder } = buildWanAutoencoder(config('wan', 'vae'), await readPartWeights(checkpoint('wan', 'vae')));
    const encoded = await run(
      encoder,
      vae.map(({ pixels }) => ({ sample: reference.tensor(pixels) })),
    );
    const decoded = await run(
      decoder,
      vae.map(({ latents }) => ({ latent_sample: reference.tensor(latents) })),
    );
    for (const [i, { parameters, decoded: pixels }] of vae.entries()) {
      assertClose(encoded[i]!, reference.tensor(parameters), `encoder, clip ${i}`, TOLERANCE);
      assertClose(decoded[i]!, reference.tensor(pixels), `decoder, clip ${i}`, DECODER_TOLERANCE);
    }
  });

  it('autoencoder chunk by chunk: the numbers of one pass, however long the chunks are', async () => {
    const built = buildWanAutoencoder(config('wan', 'vae'), await readPartWeights(checkpoint('wan', 'vae')));
    const { pixels, latents } = vae.at(-1)!;
    for (const [source, input, given, unit, tolerance] of [
      [built.encoder, 'sample', pixels, 4, TOLERANCE],
      [built.decoder, 'latent_sample', latents, 1, DECODER_TOLERANCE],
    ] as const) {
      const plain = await Graph.loadBuilt(source, { threads: 1 });
      const chunks = await ClipChunks.open(source, plain, { threads: 1 });
      assert.ok(chunks);
      try {
        const clip = reference.tensor(given);
        const whole = Object.values(await plain.run({ [input]: clip }))[0]!;
        for (const latentFrames of [1, 2, 3]) {
          const coded = await chunks.code(clip, chunkSizes(latentFrames, unit));
          assertClose(coded, whole, `${input}, ${latentFrames} latent frames at a time`, tolerance);
        }
      } finally {
        await chunks.release();
        await plain.release();
      }
    }
  });

  it('autoencoder in tiles, as diffusers cuts and joins them', async () => {
    const built = buildWanAutoencoder(config('wan', 'vae'), await readPartWeights(checkpoint('wan', 'vae')));
    const { side, stride, pixels, parameters, latents, decoded } = reference.index.tiled;
    for (const [graph, input, given, expected, tiling] of [
      [built.encoder, 'sample', pixels, parameters, { side, stride, scale: 1 / 8 }],
      [built.decoder, 'latent_sample', latents, decoded, { side: side / 8, stride: stride / 8, scale: 8 }],
    ] as const) {
      const session = await Graph.loadBuilt(graph, { threads: 1 });
      const whole = async (part: Tensor) =>
        swapFramesAndChannels(Object.values(await session.run({ [input]: swapFramesAndChannels(part) }))[0]!);
      const coded = await codeTiled(swapFramesAndChannels(reference.tensor(given)), tiling, whole);
      assertClose(swapFramesAndChannels(coded), reference.tensor(expected), input, DECODER_TOLERANCE);
      await session.release();
    }
  });

  it('refuses, by its config.json, what is another model', async () => {
    const [whole, coder] = [config('wan', 'transformer'), config('wan', 'vae')];
    const weights = await readPartWeights(checkpoint('wan', 'transformer'));
    const refused = (change: ConfigJson) =>
      assert.throws(() => buildWanTransformer({ ...whole, ...change }, weights), { code: 'FL_MODEL_UNSUPPORTED' }, JSON.stringify(change));
    refused({ image_dim: 1280 });
    refused({ added_kv_proj_dim: 5120 });
    refused({ in_channels: 36, out_channels: 16 });
    refused({ qk_norm: 'layer_norm' });
    refused({ _class_name: 'WanAnimateTransformer3DModel' });
    for (const change of [{ is_residual: true }, { patch_size: 2 }])
      assert.throws(() => buildWanAutoencoder({ ...coder, ...change }, weights), { code: 'FL_MODEL_UNSUPPORTED' });
    assert.throws(() => buildWanTransformer({ ...whole, num_layers: 1 }, weights), { code: 'FL_CHECKPOINT_TENSOR', message: /blocks\.1/ });
    assert.throws(() => buildWanTransformer({ ...whole, num_layers: 3 }, weights), { code: 'FL_CHECKPOINT_TENSOR', message: /blocks\.2/ });
  });
});
