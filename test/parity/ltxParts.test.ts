import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { Generator, type Tensor } from '../../src/pipeline/core/index.js';
import { clipPositions } from '../../src/pipeline/networks/clipPositions.js';
import type { Feed } from '../../src/pipeline/networks/elementTypes.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import type { BuiltModel } from '../../src/pipeline/onnx/build/builtModel.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildLtxAutoencoder, buildLtxTransformer, buildT5Encoder } from '../../src/pipeline/onnx/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Coded {
  dims: number[];
  parameters: Stored;
  decoded: Stored;
  timestep?: number;
}

interface Index {
  transformer: { sample: Stored; text: Stored; timestep: number; fps: number; causal: boolean; output: Stored }[];
  text: { ids: number[][]; embeddings: Stored }[];
  vae: Coded[];
  timedVae: Coded[];
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

/** For decoders: PyTorch's own float32 is up to 1.6e-5 away from its float64 there. */
const DECODER_TOLERANCE = 2e-5;

describe('LTX-Video: each part, built from its checkpoint, agrees with PyTorch', () => {
  const reference = new ReferenceFile<Index>('ltx');
  const { transformer, text, vae, timedVae } = reference.index;
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

  for (const [title, options] of [
    ['transformer: clips of several lengths, sizes, frame rates and prompts, both ways of placing frames', {}],
    ['transformer with attention in plain steps', { plainAttention: () => true }],
  ] as const) {
    it(title, async () => {
      const built = buildLtxTransformer(config('ltx', 'transformer'), await readPartWeights(checkpoint('ltx', 'transformer')), options);
      const calls = transformer.map(({ sample, text: words, timestep, fps, causal }) => {
        const latents = reference.tensor(sample);
        const [, , frames, height, width] = latents.dims as [number, number, number, number, number];
        const placed = { frames, height, width, temporalScaleFactor: 8, scaleFactor: 32, fps, causal };
        return {
          hidden_states: latents,
          timestep: { data: [timestep], dims: [1] },
          encoder_hidden_states: reference.tensor(words),
          ...clipPositions(placed, 10),
        };
      });
      const outputs = await run(built, calls);
      for (const [i, { output }] of transformer.entries()) assertClose(outputs[i]!, reference.tensor(output), `call ${i}`, TOLERANCE);
    });
  }

  it('T5: prompts of one token and of as many as LTX-Video takes', async () => {
    const built = buildT5Encoder(config('ltx', 'text_encoder'), await readPartWeights(checkpoint('ltx', 'text_encoder')));
    const feeds = text.map(({ ids }) => ({ input_ids: { data: ids.flat(), dims: [ids.length, ids[0]!.length] } }));
    const outputs = await run(built, feeds);
    for (const [i, { embeddings }] of text.entries()) assertClose(outputs[i]!, reference.tensor(embeddings), `prompt ${i}`, TOLERANCE);
  });

  for (const [title, folder, cases] of [
    ['0.9.0', 'ltx', vae],
    ['later versions, whose decoder is told how noisy its latents are and adds noise', 'ltx-timed', timedVae],
  ] as const) {
    it(`autoencoder of ${title}: one picture, nine frames and twenty-five`, async () => {
      const { encoder, decoder } = buildLtxAutoencoder(config(folder, 'vae'), await readPartWeights(checkpoint(folder, 'vae')));
      const encoded = await run(
        encoder,
        cases.map(({ dims: [, , frames, height, width] }) => ({
          sample: drawn(1, [1, 3, 8 * (frames! - 1) + 1, 32 * height!, 32 * width!], 0.5),
        })),
      );
      const decoded = await run(
        decoder,
        cases.map(({ dims, timestep }) => ({
          latent_sample: drawn(2, dims),
          ...(timestep === undefined ? {} : { timestep: { data: [timestep], dims: [1] }, ...noisePlanes(decoder, dims) }),
        })),
      );
      for (const [i, { parameters, decoded: pixels }] of cases.entries()) {
        assertClose(encoded[i]!, reference.tensor(parameters), `encoder, clip ${i}`, TOLERANCE);
        assertClose(decoded[i]!, reference.tensor(pixels), `decoder, clip ${i}`, DECODER_TOLERANCE);
      }
    });
  }

  const drawn = (seed: number, dims: readonly number[], scale = 1) => new Generator(seed).randn(dims).map((value) => value * scale);

  it('refuses, by its config.json, what is another model', async () => {
    const [whole, coder] = [config('ltx', 'transformer'), config('ltx', 'vae')];
    const weights = await readPartWeights(checkpoint('ltx', 'transformer'));
    const coderWeights = await readPartWeights(checkpoint('ltx', 'vae'));
    const refused = (change: ConfigJson) =>
      assert.throws(() => buildLtxTransformer({ ...whole, ...change }, weights), { code: 'FL_MODEL_UNSUPPORTED' }, JSON.stringify(change));
    refused({ patch_size: 2 });
    refused({ in_channels: 16 });
    refused({ qk_norm: 'layer_norm' });
    refused({ norm_elementwise_affine: true });
    refused({ _class_name: 'LTX2VideoTransformer3DModel' });
    assert.throws(() => buildLtxTransformer({ ...whole, num_layers: 1 }, weights), { code: 'FL_CHECKPOINT_TENSOR', message: /blocks\.1/ });
    const coderRefused = (change: ConfigJson, code: string) =>
      assert.throws(() => buildLtxAutoencoder({ ...coder, ...change }, coderWeights), { code }, JSON.stringify(change));
    coderRefused({ down_block_types: ['DownEncoderBlock2D'] }, 'FL_MODEL_UNSUPPORTED');
    coderRefused({ patch_size_t: 2 }, 'FL_MODEL_UNSUPPORTED');
    coderRefused({ decoder_layers_per_block: [1, 1] }, 'FL_CHECKPOINT_CONFIG');
    coderRefused({ timestep_conditioning: true }, 'FL_CHECKPOINT_TENSOR');
    coderRefused({ decoder_layers_per_block: [1, 1, 1, 1, 2] }, 'FL_CHECKPOINT_TENSOR');
  });

  /** The noise that PyTorch draws from seed 0. */
  function noisePlanes({ inputs }: BuiltModel, latents: readonly number[]): Record<string, Feed> {
    const generator = new Generator(0);
    const [height, width] = latents.slice(-2) as [number, number];
    return Object.fromEntries(
      inputs
        .filter(({ name }) => name.endsWith('_noise'))
        .map(({ name, dims }) => {
          const scale = Number(/\*(\d+)$/.exec(String(dims[1]))?.[1] ?? 1);
          const planes = Array.from({ length: Number(dims[0]) }, () => generator.randn([height * scale, width * scale]));
          return [name, { data: planes.flatMap(({ data }) => [...data]), dims: [planes.length, height * scale, width * scale] }];
        }),
    );
  }
});
