import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Run } from '../../src/pipeline/capture/index.js';
import { clipPositions } from '../../src/pipeline/networks/clipPositions.js';
import type { Conditioning } from '../../src/pipeline/networks/conditioning.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter, tapAttention, tellingSizes, TOKENS_INPUT, writeModel } from '../../src/pipeline/onnx/index.js';
import { ModelFolder } from '../../src/pipeline/networks/modelFolder.js';
import { UNet } from '../../src/pipeline/networks/unet.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { type Frame, swapFramesAndChannels, Tensor } from '../../src/pipeline/core/index.js';
import type { Video } from '../../src/pipeline/video/index.js';
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
      assertNear(
        await take({ heads: [2, 0] }),
        (frame, head, y, x, token) => value([2, 0][head!]!, frame!, y! * columns + x!, numbers[token!]!),
        id,
      );
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

for (const [name, title] of [
  ['wan', 'Wan 2.1'],
  ['ltx', 'LTX-Video'],
] as const)
  describe(`runs of ${title} with attention, captured`, () => {
    const options = { numInferenceSteps: 3, guidanceScale: 3, seed: 5, width: 64, height: 64, numFrames: 17 } as const;
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint(name), { threads: 1 })));
    after(() => model?.release());

    it('without it, and with it, the clip is the same bit for bit; words have maps, masks and shares', async () => {
      const [plain, seen] = [
        await model.generateVideo('a red dog', options),
        await model.generateVideo('a red dog', { ...options, capture: { attention: ['dog', 'red'], frameAttention: true, heads: 'each' } }),
      ];
      assert.deepEqual(await framesOf(seen), await framesOf(plain));
      const { run } = seen;
      const frames = run!.latentFrames;
      const side = name === 'wan' ? 4 : 2;
      const dog = run!.attention('dog');
      const maps = await dog.maps();
      assert.deepEqual(maps.dims, [frames, side, side]);
      assert.ok(maps.range().min > 0 && maps.range().max < 1);
      assert.deepEqual([dog.mass().length, dog.mass()[0]!.length], [3, frames]);
      const mean = maps.data.reduce((sum, value) => sum + value, 0) / maps.size;
      const shares = dog.mass().flat();
      assert.ok(Math.abs(mean - shares.reduce((sum, value) => sum + value, 0) / shares.length) < 1e-4);
      const { tensor, video } = await dog.mask(0.9);
      assert.deepEqual([tensor.dims[0], (await framesOf(video)).length], [frames, 17]);
      await run!.close();
    });

    it('says how much every frame looks at every other: of a step, a layer, a head, and in the mean', async () => {
      const { run } = await model.generateVideo('a red dog', { ...options, capture: { frameAttention: true, heads: 'each' } });
      const frames = run!.latentFrames;
      const whole = await run!.frameAttention();
      assert.deepEqual(whole.dims, [frames, frames]);
      for (let row = 0; row < frames; row++) {
        const sum = whole.slice(row, row + 1).data.reduce((total, value) => total + value, 0);
        assert.ok(Math.abs(sum - 1) < 1e-3, `frame ${row} looks at all with ${sum}`);
      }
      assert.deepEqual(
        run!.frameSites.map(({ kind }) => kind),
        ['joint', 'joint'],
      );
      const parts = [];
      for (const { id } of run!.frameSites)
        for (const head of run!.frameHeads as readonly number[]) parts.push(await run!.frameAttention({ layer: id, head }));
      for (const [i, value] of whole.data.entries())
        assert.ok(Math.abs(value - parts.reduce((sum, { data }) => sum + data[i]!, 0) / parts.length) < 1e-6);
      assert.notDeepEqual(parts[0]!.data, parts[1]!.data);
      assert.throws(() => run!.attention('dog'), { code: 'FL_CAPTURE_MISSING' });
      await assert.rejects(run!.frameAttention({ step: 9 }), { code: 'FL_CAPTURE_STEP' });
      await run!.close();
    });

    it('is saved, read and refused when it does not fit', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-attention-'));
      try {
        const { run } = await model.generateVideo('a red dog', { ...options, capture: { attention: ['dog'], frameAttention: true } });
        await run!.save(path.join(folder, 'run'));
        const read = await Run.load(path.join(folder, 'run'));
        assert.deepEqual(await read.frameAttention(), await run!.frameAttention());
        assert.deepEqual(await read.attention('dog').maps(), await run!.attention('dog').maps());
        await read.close();
        await run!.close();
        const layer = (await model.unet.attentionSites())[0]!.id;
        const wrong = model.generateVideo('a red dog', { ...options, capture: { attention: ['dog'], layers: [layer] } });
        await assert.rejects(wrong, { code: 'FL_ARGUMENT', message: /attn2/ });
        const both = model.generateVideo('a red dog', {
          ...options,
          capture: { attention: ['dog'], frameAttention: true, layers: [layer] },
        });
        await assert.rejects(both, { code: 'FL_ARGUMENT', message: /attends to words/ });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('goes on from every step, captured likewise', async () => {
      const made = await model.generateVideo('a red dog', {
        ...options,
        capture: { latents: true, attention: ['dog'], frameAttention: true },
      });
      const branch = await made.run!.at(1).resume();
      assert.deepEqual(await framesOf(branch), await framesOf(made));
      assert.deepEqual(await branch.run!.frameAttention({ step: 3 }), await made.run!.frameAttention({ step: 3 }));
      await branch.run!.close();
      await made.run!.close();
    });
  });

describe('attention between frames where frames are seen one by one', () => {
  it('is the mean over places of what motion modules look at', async () => {
    const file = new ReferenceFile<{ motion_unet: { sample: Stored; embeddings: Stored; timestep: number; maps: Record<string, Stored> } }>(
      'attention',
    );
    const { sample, embeddings, timestep, maps } = file.index.motion_unet;
    const unet = await UNet.load(await ModelFolder.open(path.join(__dirname, 'tiny-motion')), { threads: 1 });
    try {
      const tap = await unet.tap({ kinds: ['temporal'], heads: 'each', betweenFrames: true });
      const told = { embeddings: file.tensor(embeddings), guidanceScale: 1 };
      const { attention } = await unet.predictTapped(file.tensor(sample), timestep, told, tap);
      assert.ok(attention.size > 1);
      for (const [id, seen] of attention) {
        const all = file.tensor(maps[id]!);
        const [places, heads, frames] = all.dims as [number, number, number];
        assert.deepEqual(seen.dims, [frames, heads, frames]);
        const mean = (from: number, head: number, to: number) => {
          let sum = 0;
          for (let place = 0; place < places; place++) sum += all.data[((place * heads + head) * frames + from) * frames + to]!;
          return sum / places;
        };
        assertNear(seen, mean as (...place: number[]) => number, id);
      }
    } finally {
      await unet.release();
    }
  });

  it('is refused for a model of pictures', async () => {
    const pictures = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
    const capture = { frameAttention: true };
    const run = pictures.generateVideo('a dog', { numFrames: 2, width: 32, height: 32, numInferenceSteps: 1, capture });
    await assert.rejects(run, { code: 'FL_ARGUMENT', message: /frameAttention.*no layer of this model attends to frames/ });
    await pictures.release();
  });
});

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}
