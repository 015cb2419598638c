import assert from 'node:assert/strict';
import { clipPositions } from '../../src/pipeline/networks/clipPositions.js';
import type { Conditioning } from '../../src/pipeline/networks/conditioning.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter, tapAttention, tellingSizes, TOKENS_INPUT, writeModel } from '../../src/pipeline/onnx/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { swapFramesAndChannels, Tensor } from '../../src/pipeline/core/index.js';
import { checkpoint } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Case {
  sample: Stored;
  embeddings: Stored;
  timestep: number;
  fps?: number;
  /** Probabilities `[heads, frames × places, tokens]` by site. */
  words: Record<string, Stored>;
  /** `[heads, frames, frames]` by site. */
  frames: Record<string, Stored>;
}

/** What the project promises for probabilities: absolute. */
const TOLERANCE = 1e-5;

const reference = new ReferenceFile<{ wan: Case; ltx: Case }>('videoAttention');

function assertNear(actual: Tensor, expected: (...place: number[]) => number, what: string): void {
  const strides = actual.dims.map((_, axis) => actual.dims.slice(axis + 1).reduce((product, length) => product * length, 1));
  for (const [i, value] of actual.data.entries()) {
    const place = strides.map((stride, axis) => Math.floor(i / stride) % actual.dims[axis]!);
    const difference = Math.abs(value - expected(...place));
    assert.ok(difference <= TOLERANCE, `${what}: at [${place.join()}] a probability differs by ${difference}`);
  }
}

for (const [name, title, patch] of [
  ['wan', 'Wan 2.1', 2],
  ['ltx', 'LTX-Video', 1],
] as const)
  describe(`attention of ${title}, seen from inside`, () => {
    const wanted = reference.index[name];
    const latents = reference.tensor(wanted.sample);
    const [frames, , height, width] = latents.dims as [number, number, number, number];
    const [rows, columns] = [height / patch, width / patch];
    const places = rows * columns;
    const positions = { frames, height, width, temporalScaleFactor: 8, scaleFactor: 32, fps: wanted.fps ?? 1, causal: false };
    const told: Conditioning = {
      embeddings: reference.tensor(wanted.embeddings),
      guidanceScale: 1,
      ...(wanted.fps && { inputs: () => Promise.resolve(clipPositions(positions, 10)) }),
    };
    const probabilities = (stored: Record<string, Stored>, id: string) => reference.tensor(stored[id]!);
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint(name), { threads: 1 })));
    after(() => model?.release());

    it('tells what attends over words, what over frames, and at what resolution', async () => {
      const sites = await model.unet.attentionSites();
      assert.deepEqual(
        sites.map(({ kind, factor }) => [kind, factor]),
        [
          ['joint', patch],
          ['cross', patch],
          ['joint', patch],
          ['cross', patch],
        ],
      );
    });

    it('every head of every layer: words by frame and place, and frames by frame, as PyTorch has them', async () => {
      const { heads } = (await model.unet.attentionSites())[0]!;
      const tap = await model.unet.tap({ kinds: ['cross', 'joint'], heads: 'each', betweenFrames: true });
      const { prediction, attention } = await model.unet.predictTapped(latents, wanted.timestep, told, tap);
      assert.equal(attention.size, 4);
      for (const id of Object.keys(wanted.words)) {
        const maps = attention.get(id)!;
        const all = probabilities(wanted.words, id);
        const tokens = all.dims[2]!;
        assert.deepEqual(maps.dims, [frames, heads, rows, columns, tokens]);
        const at = (frame: number, head: number, y: number, x: number, token: number) =>
          all.data[((head * frames + frame) * places + y * columns + x) * tokens + token]!;
        assertNear(maps, at as (...place: number[]) => number, id);
      }
      for (const id of Object.keys(wanted.frames)) {
        const all = probabilities(wanted.frames, id);
        const maps = attention.get(id)!;
        assert.deepEqual(maps.dims, [frames, heads, frames]);
        assertNear(maps, (from, head, to) => all.data[(head! * frames + from!) * frames + to!]!, id);
      }
      assert.deepEqual(prediction.data, (await model.unet.predict(latents, wanted.timestep, told)).data);
    });

    it('chosen tokens in their order, chosen heads, the mean over heads, of one layer', async () => {
      const id = Object.keys(wanted.words)[1]!;
      const all = probabilities(wanted.words, id);
      const [heads, , tokens] = all.dims as [number, number, number];
      const value = (head: number, frame: number, place: number, token: number) =>
        all.data[((head * frames + frame) * places + place) * tokens + token]!;
      const take = async (request: Parameters<typeof model.unet.tap>[0]) => {
        const tap = await model.unet.tap({ layers: [id], tokens: [5, 2], ...request });
        return (await model.unet.predictTapped(latents, wanted.timestep, told, tap)).attention.get(id)!;
      };
      const numbers = [5, 2];
      assertNear(await take({ heads: [2, 0] }), (frame, head, y, x, token) => value([2, 0][head!]!, frame!, y! * columns + x!, numbers[token!]!), id);
      const mean = await take({});
      assert.deepEqual(mean.dims, [frames, 1, rows, columns, 2]);
      assertNear(
        mean,
        (frame, _, y, x, token) => {
          let sum = 0;
          for (let head = 0; head < heads; head++) sum += value(head, frame!, y! * columns + x!, numbers[token!]!);
          return sum / heads;
        },
        id,
      );
    });

    it('scores that are cut into parts, one head after the other, give the same', async () => {
      const { unet } = model;
      const feeds = {
        hidden_states: swapFramesAndChannels(latents),
        timestep: { data: [wanted.timestep], dims: [1] },
        encoder_hidden_states: told.embeddings,
        [TOKENS_INPUT]: { data: [5, 2], dims: [2] },
        ...(wanted.fps && clipPositions(positions, 10)),
      };
      const take = async (parts: number) => {
        const graph = new GraphRewriter(unet.graph.structure);
        const reduction = { heads: 'each', chooseTokens: true, framesOf: 'hidden_states', partsOf: () => parts } as const;
        const outputs = tapAttention(graph, unet.attentions.in(graph), reduction, unet.attentions.shapesFor(tellingSizes));
        const session = await Graph.loadRewritten(unet.graph.source, writeModel(graph), { threads: 1 });
        try {
          return await session.run(feeds, [...outputs.values()]);
        } finally {
          await session.release();
        }
      };
      const [whole, cut] = [await take(1), await take(7)];
      for (const [id, { data, dims }] of Object.entries(whole)) {
        assert.deepEqual(cut[id]!.dims, dims);
        assertNear(cut[id]!.reshape([data.length]), (i) => data[i!]!, id);
      }
    });

    it('refuses whole maps and scores that would not fit, with the numbers, before it computes', async () => {
      const whole = await model.unet.tap({ kinds: ['joint'], maxBytes: 1000 });
      await assert.rejects(model.unet.predictTapped(latents, wanted.timestep, told, whole), {
        code: 'FL_ATTENTION_TOO_LARGE',
        message: new RegExp(`2 layers, ${frames} frames of ${height} × ${width}`),
      });
      const between = await model.unet.tap({ kinds: ['joint'], betweenFrames: true });
      const enormous = Tensor.zeros([61, latents.dims[1]!, 200 * patch, 200 * patch]);
      await assert.rejects(model.unet.predictTapped(enormous, wanted.timestep, told, between), {
        code: 'FL_ATTENTION_TOO_LARGE',
        message: /scores would have to be in memory at once/,
      });
    });
  });
