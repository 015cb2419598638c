import assert from 'node:assert/strict';
import path from 'node:path';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { ModelFolder } from '../../src/pipeline/networks/modelFolder.js';
import { UNet } from '../../src/pipeline/networks/unet.js';
import type { AttentionKind } from '../../src/pipeline/onnx/attention.js';
import { findAttention } from '../../src/pipeline/onnx/attentionSites.js';
import { crossFrameAttention } from '../../src/pipeline/onnx/crossFrameAttention.js';
import { GraphRewriter } from '../../src/pipeline/onnx/graphRewriter.js';
import { inferShapes } from '../../src/pipeline/onnx/inferShapes.js';
import { inputShapes } from '../../src/pipeline/onnx/networkInputs.js';
import { readModel } from '../../src/pipeline/onnx/readModel.js';
import { tapAttention } from '../../src/pipeline/onnx/tapAttention.js';
import { writeModel } from '../../src/pipeline/onnx/writeModel.js';
import type { Tensor } from '../../src/pipeline/core/tensor.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Case {
  sample: Stored;
  embeddings: Stored;
  timestep?: number;
  output?: Stored;
  /** Probabilities `[batch, heads, queries, keys]` by site. */
  maps: Record<string, Stored>;
}

interface AttentionIndex {
  unet: Case & { crossed: { frames: number[]; output: Stored }[] };
  motion_unet: Case;
  forms: Case;
  packed: Case;
  clip: Case;
}

/** What the project promises for probabilities: absolute. */
const TOLERANCE = 1e-5;
const every: AttentionKind[] = ['self', 'cross', 'temporal', 'joint'];
const inputs = { sample: 'sample', text: 'encoder_hidden_states' };
const reference = new ReferenceFile<AttentionIndex>('attention');
const { unet, motion_unet: motionUnet, forms, packed, clip } = reference.index;

const load = async (folder: string) => UNet.load(await ModelFolder.open(path.join(__dirname, folder)), { threads: 1 });
const given = ({ sample, embeddings, timestep = 0 }: Case) =>
  [reference.tensor(sample), timestep, { embeddings: reference.tensor(embeddings), guidanceScale: 1 }] as const;

function assertNear(actual: Tensor, expected: Tensor, what: string, tolerance = TOLERANCE): void {
  assert.equal(actual.size, expected.size, `${what}: shape [${actual.dims.join()}] for [${expected.dims.join()}]`);
  let worst = 0;
  for (const [i, value] of expected.data.entries()) worst = Math.max(worst, Math.abs(actual.data[i]! - value));
  assert.ok(worst <= tolerance, `${what}: a probability differs by ${worst}, more than ${tolerance}`);
}

function assertRowsSumToOne(maps: Tensor, what: string, tolerance = TOLERANCE): void {
  const length = maps.dims.at(-1)!;
  for (let at = 0; at < maps.size; at += length) {
    const sum = maps.data.subarray(at, at + length).reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum - 1) <= tolerance, `${what}: a row sums to ${sum}`);
  }
}

/** Every layer and head of a network against the reference, and its output against the untapped one. */
async function checkEveryHead(network: UNet, wanted: Case, heads: number, tolerance?: number): Promise<void> {
  const tap = await network.tap({ kinds: every, heads: Array.from({ length: heads }, (_, head) => head) });
  const { prediction, attention } = await network.predictTapped(...given(wanted), tap);
  assert.deepEqual([...attention.keys()].sort(), Object.keys(wanted.maps).sort());
  for (const [id, maps] of attention) {
    assertNear(maps, reference.tensor(wanted.maps[id]!), id, tolerance);
    assertRowsSumToOne(maps, id, tolerance);
  }
  assert.deepEqual(prediction.data, (await network.predict(...given(wanted))).data);
}

describe('attention of diffusers’ UNet: every layer and head', () => {
  for (const [layout, tolerance] of [
    ['tiny-sd', TOLERANCE],
    ['tiny-sd-legacy', TOLERANCE],
    ['tiny-sd-fp16', 0.02],
  ] as const) {
    it(`${layout}: probabilities within ${tolerance}, prediction bit for bit`, async () => {
      const network = await load(layout);
      await checkEveryHead(network, unet, 2, tolerance);
      await network.release();
    });
  }

  it('tiny-motion: over frames as well', async () => {
    const network = await load('tiny-motion');
    await checkEveryHead(network, motionUnet, 2);
    const sites = await network.attentionSites();
    for (const { id, kind } of sites) assert.equal(kind, id.includes('motion') ? 'temporal' : id.endsWith('attn1') ? 'self' : 'cross', id);
    await network.release();
  });
});

describe('attention: the graph reduces what comes out', () => {
  let network: UNet;
  before(async () => (network = await load('tiny-sd')));
  after(() => network.release());

  it('the mean over heads and chosen tokens, in their order, at the resolution of the layer', async () => {
    const tokens = [5, 1, 12];
    const { attention } = await network.predictTapped(...given(unet), await network.tap({ tokens }));
    const sites = await network.attentionSites();
    assert.equal(attention.size, 7);
    for (const [id, maps] of attention) {
      const { factor } = sites.find((site) => site.id === id)!;
      const all = reference.tensor(unet.maps[id]!);
      const [frames, heads, places, keys] = all.dims as [number, number, number, number];
      assert.deepEqual(maps.dims, [2, 1, 4 / factor!, 8 / factor!, 3]);
      const at = (frame: number, head: number, place: number, key: number) =>
        all.data[((frame * heads + head) * places + place) * keys + key]!;
      for (let i = 0; i < maps.size; i++) {
        const [frame, place, token] = [Math.floor(i / (places * 3)), Math.floor(i / 3) % places, tokens[i % 3]!];
        assert.ok(Math.abs(maps.data[i]! - (at(frame, 0, place, token) + at(frame, 1, place, token)) / 2) < TOLERANCE, id);
      }
      assert.equal(frames, 2);
    }
  });

  it('tokens are chosen anew at each call', async () => {
    const first = await network.predictTapped(...given(unet), await network.tap({ tokens: [3, 4], layers: ['mid_block'] }));
    const second = await network.predictTapped(...given(unet), await network.tap({ tokens: [4], layers: ['mid_block'] }));
    const [one, other] = [[...first.attention.values()][0]!, [...second.attention.values()][0]!];
    assert.deepEqual(
      [...other.data],
      [...one.data].filter((_, i) => i % 2 === 1),
    );
  });

  it('many taps in turn and at once: only the last sessions are kept, and none is taken from under a call', async () => {
    const taps = await Promise.all(
      ['down_blocks.0', 'down_blocks.1', 'mid_block', 'up_blocks.1'].map((layer) => network.tap({ layers: [layer], tokens: [2] })),
    );
    const alone: Tensor[] = [];
    for (const tap of taps) alone.push([...(await network.predictTapped(...given(unet), tap)).attention.values()][0]!);
    const together = await Promise.all(taps.map((tap) => network.predictTapped(...given(unet), tap)));
    assert.deepEqual(
      together.map(({ attention }) => [...attention.values()][0]!.data),
      alone.map(({ data }) => data),
    );
  });

  it('one head of one block, chosen by path or by what a site is', async () => {
    const byPath = await network.tap({ layers: ['up_blocks.1'], heads: [1] });
    const byChoice = await network.tap({ layers: ({ factor, block }) => factor === 2 && block.startsWith('up'), heads: [1] });
    assert.deepEqual(byPath, byChoice);
    assert.deepEqual(
      byPath.sites.map(({ id }) => id),
      ['up_blocks.1.attentions.0.transformer_blocks.0.attn2', 'up_blocks.1.attentions.1.transformer_blocks.0.attn2'],
    );
    const { attention } = await network.predictTapped(...given(unet), byPath);
    for (const [id, maps] of attention) {
      const all = reference.tensor(unet.maps[id]!);
      const size = all.size / 4;
      assert.deepEqual(maps.dims, [2, 1, 2, 4, 13]);
      for (const frame of [0, 1]) assertNear(maps.slice(frame, frame + 1), all.reshape([4, size]).slice(frame * 2 + 1, frame * 2 + 2), id);
    }
  });

  it('maps that are too large are refused with the numbers', async () => {
    const tap = await network.tap({ kinds: ['self'], maxBytes: 20_000 });
    // 3 layers of 32 places and 3 of 8 and 1 of 2, of 2 frames, averaged over heads.
    await assert.rejects(network.predictTapped(...given(unet), tap), {
      code: 'FL_ATTENTION_TOO_LARGE',
      message: /0\.0261 MB \(7 layers, 2 frames of 4 × 8; the largest, down_blocks\.0.*0\.00819 MB\).*0\.02 MB/s,
    });
  });

  it('what does not exist is named, with what does', async () => {
    await assert.rejects(network.tap({ layers: ['up_blocks.7'] }), {
      code: 'FL_ARGUMENT',
      message: /up_blocks\.7.*up_blocks\.2\.attentions\.0/s,
    });
    await assert.rejects(network.tap({ heads: [2] }), { code: 'FL_ARGUMENT', message: /0 to 1/ });
    await assert.rejects(network.tap({ kinds: ['crosss' as 'cross'] }), { code: 'FL_ARGUMENT', message: /crosss.*"temporal"/s });
    await assert.rejects(network.tap({ kinds: ['temporal'] }), { code: 'FL_ARGUMENT', message: /attn1 \(self\)/ });
    await assert.rejects(network.predictTapped(...given(unet), await network.tap({ tokens: [13] })), {
      code: 'FL_ARGUMENT',
      message: /tokens is 13.*0 to 12/s,
    });
  });
});

describe('attention in every spelling that files have', () => {
  it('fused and unfused, at opset 23', async () => {
    const network = await load('tiny-attentions');
    assert.deepEqual(
      (await network.attentionSites()).map(({ id, kind, heads, factor, form }) => [id, kind, heads, factor, form]),
      [
        ['multi_head', 'cross', 2, 1, 'MultiHeadAttention'],
        ['joined', 'self', 2, 1, 'com.microsoft.Attention'],
        ['standard', 'cross', 2, 1, 'Attention'],
        ['standard_by_head', 'self', 2, 1, 'Attention'],
        ['einsum', 'cross', 2, 1, 'decomposed'],
        ['heads_in_batch', 'self', 2, 1, 'decomposed'],
      ],
    );
    await checkEveryHead(network, forms, 2);
    assertClose(await network.predict(...given(forms)), reference.tensor(forms.output!), 'output');
    await network.release();
  });

  it('packed into one input, which only GPUs run: the maps, with those operators taken out', async () => {
    const graph = new GraphRewriter(readModel(path.join(__dirname, 'tiny-packed-attentions/unet/model.onnx')));
    const attentions = findAttention(graph, inputs);
    assert.deepEqual(
      attentions.map(({ site }) => [site.id, site.kind, site.heads, site.factor]),
      [
        ['packed_query', 'self', 2, 1],
        ['packed_keys', 'cross', 2, 1],
      ],
    );
    const shapes = inferShapes(graph, inputShapes(graph.model, inputs, { frames: 2, height: 2, width: 3, tokens: 5 }));
    const outputs = tapAttention(graph, attentions, { heads: [0, 1], chooseTokens: false }, shapes);
    for (const { block } of attentions) {
      for (const use of [...graph.usesOf(block.node.outputs[0]!)]) graph.rewire(use, 'hidden');
      graph.remove(block.node);
    }
    const session = await Graph.loadRewritten(graph.model.file, writeModel(graph), { threads: 1 });
    const [sample, , { embeddings }] = given(packed);
    const text = { data: [...embeddings.data, ...embeddings.data], dims: [2, ...embeddings.dims.slice(1)] };
    const maps = await session.run({ sample, timestep: { data: [0], dims: [] }, encoder_hidden_states: text }, [...outputs.values()]);
    for (const [id, name] of outputs) assertNear(maps[name]!, reference.tensor(packed.maps[id]!), id);
    await session.release();
  });

  it('with a mask inside: refused, with what to do', () => {
    const graph = new GraphRewriter(readModel(path.join(__dirname, 'tiny-attentions/unet/model.onnx')));
    const fused = findAttention(graph, inputs).filter(({ block }) => block.form !== 'decomposed');
    for (const { block } of fused) Object.assign(block.node.inputs, { 3: 'hidden', 4: 'hidden' });
    const tap = (at: number) => tapAttention(graph, [fused[at]!], { heads: 'mean', chooseTokens: false }, new Map());
    for (const at of fused.keys()) assert.throws(() => tap(at), { code: 'FL_ONNX_UNSUPPORTED', message: /takes a .*mask.*Leave it out/s });
  });

  it('of a clip: within frames, to the text, over frames, over everything', async () => {
    const network = await load('tiny-clip-attentions');
    assert.deepEqual(
      (await network.attentionSites()).map(({ id, kind, heads, factor }) => [id, kind, heads, factor]),
      [
        ['self', 'self', 2, 1],
        ['cross', 'cross', 2, 1],
        ['temporal', 'temporal', 2, 1],
        ['joint', 'joint', 2, 1],
      ],
    );
    await checkEveryHead(network, clip, 2);
    const { attention } = await network.predictTapped(...given(clip), await network.tap({ kinds: every }));
    assert.deepEqual(
      [...attention.values()].map(({ dims }) => dims),
      [
        [3, 1, 8, 8],
        [3, 1, 2, 4, 5],
        [8, 1, 3, 3],
        [1, 1, 24, 24],
      ],
    );
    await network.release();
  });
});

describe('cross-frame attention: keys and values of chosen frames', () => {
  for (const layout of ['tiny-sd', 'tiny-sd-legacy']) {
    it(`${layout}: as diffusers with another processor; the frames themselves give the original bit for bit`, async () => {
      const graph = new GraphRewriter(readModel(path.join(__dirname, layout, 'unet/model.onnx')));
      crossFrameAttention(graph, findAttention(graph, inputs), inputs);
      const network = await load(layout);
      const steered = await Graph.loadRewritten(graph.model.file, writeModel(graph), { threads: 1 });
      const [sample, timestep, { embeddings }] = given(unet);
      const text = { data: [...embeddings.data, ...embeddings.data], dims: [2, ...embeddings.dims.slice(1)] };
      const time = { data: [timestep], dims: steered.inputs.get('timestep')!.dims.map(() => 1) };
      for (const { frames, output } of unet.crossed) {
        const { out_sample: given } = await steered.run({
          sample,
          timestep: time,
          encoder_hidden_states: text,
          frame_index: { data: frames, dims: [2, 1] },
        });
        assertClose(given!, reference.tensor(output), `frames ${frames.join()}`);
        if (frames.join() === '0,1')
          assert.deepEqual(given!.data, (await network.predict(sample, timestep, { embeddings, guidanceScale: 1 })).data);
      }
      await steered.release();
      await network.release();
    });
  }

  /** A network of which only these self-attentions look across frames, for given frames. */
  async function across(folder: string, wanted: Case, frames: number[], sites: (id: string) => boolean): Promise<Tensor> {
    const graph = new GraphRewriter(readModel(path.join(__dirname, folder, 'unet/model.onnx')));
    crossFrameAttention(
      graph,
      findAttention(graph, inputs).filter(({ site }) => sites(site.id)),
      inputs,
    );
    const steered = await Graph.loadRewritten(graph.model.file, writeModel(graph), { threads: 1 });
    const [sample, , { embeddings }] = given(wanted);
    const rows = frames.length;
    const text = {
      data: Array(rows)
        .fill([...embeddings.data])
        .flat() as number[],
      dims: [rows, ...embeddings.dims.slice(1)],
    };
    const { out_sample: output } = await steered.run({
      sample,
      timestep: { data: [0], dims: [] },
      encoder_hidden_states: text,
      frame_index: { data: frames, dims: [rows, 1] },
    });
    await steered.release();
    return output!;
  }

  for (const site of ['standard_by_head', 'heads_in_batch']) {
    it(`${site}: the first frame stays as it was, the second looks at the first`, async () => {
      const original = reference.tensor(forms.output!);
      const network = await load('tiny-attentions');
      assert.deepEqual(
        (await across('tiny-attentions', forms, [0, 1], (id) => id === site)).data,
        (await network.predict(...given(forms))).data,
      );
      const steered = await across('tiny-attentions', forms, [0, 0], (id) => id === site);
      assertClose(steered.slice(0, 1), original.slice(0, 1), 'first frame');
      assert.throws(() => assertClose(steered.slice(1, 2), original.slice(1, 2), 'second frame', 0.01));
      await network.release();
    });
  }

  it('an attention with its projections inside is refused', () =>
    assert.rejects(
      across('tiny-attentions', forms, [0, 0], (id) => id === 'joined'),
      { code: 'FL_ONNX_UNSUPPORTED', message: /joined cannot be told apart by frames/ },
    ));
});
