import assert from 'node:assert/strict';
import path from 'node:path';
import { Generator, type Tensor } from '../../src/pipeline/core/index.js';
import type { GenerateVideoOptions } from '../../src/pipeline/pipelines/options.js';
import {
  crossFrame,
  type FrameSource,
  freeU,
  type FreeUFactors,
  type GraphRewrite,
  perturbedAttention,
  type RegionalPrompt,
  regionalPrompts,
  tokenWeights,
} from '../../src/pipeline/networks/index.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter, TOKEN_WEIGHTS_INPUT, weighTokens, writeModel } from '../../src/pipeline/onnx/index.js';
import { ModelFolder } from '../../src/pipeline/networks/modelFolder.js';
import { UNet } from '../../src/pipeline/networks/unet.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
import type { Video } from '../../src/pipeline/video/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { inTinyFolder, loadTinyModel } from './tinyModels.js';

interface SteeringIndex {
  sample: Stored;
  embeddings: Stored;
  timestep: number;
  prompt: string;
  negative_prompt: string;
  num_inference_steps: number;
  seed: number;
  cross_frame: { from: FrameSource[]; output: Stored }[];
  token_weights: { weights: [token: number, weight: number][]; output: Stored }[];
  free_u: (FreeUFactors & { sample: Stored; output: Stored })[];
  regional: { regions: RegionalPrompt['region'][]; texts: Stored[]; output: Stored }[];
  perturbed_calls: { layers: string[]; output: Stored }[];
  perturbed_runs: { guidance_scale: number; guidance_rescale: number; pag_scale: number; layers: string[]; latents: Stored }[];
}

/** One call of the network, relative to the reference. */
const CALL_TOLERANCE = 1e-5;

const reference = new ReferenceFile<SteeringIndex>('steering');
const { timestep, ...index } = reference.index;
const [sample, embeddings] = [reference.tensor(index.sample), reference.tensor(index.embeddings)];
const told = { embeddings, guidanceScale: 1 };
const folders = { 'an export': 'tiny-sd', 'an older export': 'tiny-sd-legacy', 'a graph built from a checkpoint': checkpoint('sd1') };

for (const [title, folder] of Object.entries(folders)) {
  describe(`${title}, steered: one call as diffusers makes it, and nothing changed bit for bit`, () => {
    let network: UNet;
    before(async () => (network = await open(folder)));
    after(() => network.release());
    const steered = (rewrite: GraphRewrite, latents = sample) => network.predict(latents, timestep, { ...told, rewrites: [rewrite] });
    const plain = () => network.predict(sample, timestep, told);

    for (const { from, output } of index.cross_frame)
      it(`keys and values of frames: ${from.join(' and ')}`, async () =>
        assertClose(await steered(crossFrame(network, from)), reference.tensor(output), from.join(), CALL_TOLERANCE));

    it("every frame's own keys and values", async () =>
      assert.deepEqual((await steered(crossFrame(network, 'own'))).data, (await plain()).data));

    for (const { weights, output } of index.token_weights)
      it(`attention to tokens times ${weights.map((pair) => pair.join(': ')).join(', ')}`, async () =>
        assertClose(await steered(tokenWeights(network, new Map(weights))), reference.tensor(output), 'output', CALL_TOLERANCE));

    it('attention to all tokens times 1', async () =>
      assert.deepEqual((await steered(tokenWeights(network, new Map()))).data, (await plain()).data));

    for (const { sample: latents, output, ...factors } of index.free_u)
      it(`FreeU with ${Object.values(factors).join(', ')}, latents ${latents}`, async () =>
        assertClose(await steered(freeU(network, factors), reference.tensor(latents)), reference.tensor(output), 'output', CALL_TOLERANCE));

    it('FreeU with ones', async () =>
      assert.deepEqual((await steered(freeU(network, { b1: 1, b2: 1, s1: 1, s2: 1 }))).data, (await plain()).data));

    for (const { regions, texts, output } of index.regional)
      it(`texts of their own in ${regions.length} regions`, async () => {
        const masked = regionalPrompts(
          network,
          regions.map((region) => ({ prompt: '', region })),
        );
        assertClose(await steered(masked(texts.map((text) => reference.tensor(text)))), reference.tensor(output), 'output', CALL_TOLERANCE);
      });

    // Files without modules' names in them are not told which layers those are.
    for (const { layers, output } of index.perturbed_calls)
      it(`no self-attention in ${layers.join(' and ')}`, async () =>
        assertClose(await steered(perturbedAttention(network, layers)), reference.tensor(output), 'output', CALL_TOLERANCE));

    it('all of it together: changes of one kind leave the others what they are', async () => {
      const words = tokenWeights(network, new Map([[3, 2]]));
      const [own, ones] = [crossFrame(network, 'own'), freeU(network, { b1: 1, b2: 1, s1: 1, s2: 1 })];
      const together = await network.predict(sample, timestep, { ...told, rewrites: [own, ones, words] });
      assert.deepEqual(together.data, (await steered(words)).data);
      assert.deepEqual((await plain()).data, (await network.predict(sample, timestep, { ...told, rewrites: [] })).data);
    });
  });
}

describe('steering in half precision and of fused operators', () => {
  const ones = { b1: 1, b2: 1, s1: 1, s2: 1 };
  it('a network of 16 bits: what changes nothing does so bit for bit, the rest goes where single precision goes', async () => {
    const network = await open('tiny-sd-fp16');
    const predict = (rewrites: GraphRewrite[]) => network.predict(sample, timestep, { ...told, rewrites });
    const plain = await predict([]);
    for (const nothing of [freeU(network, ones), tokenWeights(network, new Map()), crossFrame(network, 'own')])
      assert.deepEqual((await predict([nothing])).data, plain.data, nothing.key);
    const [{ weights, output }] = index.token_weights as [SteeringIndex['token_weights'][number]];
    assertClose(await predict([tokenWeights(network, new Map(weights))]), reference.tensor(output), 'tokens weighed', 0.1);
    await network.release();
  });

  it('fused attention to the text: weights of 1 leave all as it is, others change it; what cannot be weighed is refused', async () => {
    const network = await open('tiny-attentions');
    // Its Einsum has the heads between places and channels.
    assert.throws(() => tokenWeights(network, new Map()), {
      code: 'FL_ONNX_UNSUPPORTED',
      message: /einsum cannot be told apart by tokens/,
    });
    const graph = new GraphRewriter(network.graph.structure);
    weighTokens(
      graph,
      network.attentions.in(graph).filter(({ site }) => site.id !== 'einsum'),
    );
    const weighed = await Graph.loadRewritten(graph.model.file, writeModel(graph), { threads: 1 });
    const noise = new Generator(5);
    const [latents, text] = [noise.randn([1, network.inChannels, 2, 3]), noise.randn([1, 5, network.crossAttentionDim!])];
    const predict = async (weights: number[]) => {
      const feeds = { sample: latents, timestep: { data: [0], dims: [] }, encoder_hidden_states: text };
      return Object.values(await weighed.run({ ...feeds, [TOKEN_WEIGHTS_INPUT]: { data: weights, dims: [5, 1] } }))[0]!;
    };
    const plain = await network.predict(latents, 0, { embeddings: text, guidanceScale: 1 });
    assert.deepEqual((await predict([1, 1, 1, 1, 1])).data, plain.data);
    assert.notDeepEqual((await predict([1, 1, 3, 1, 1])).data, plain.data);
    for (const each of [weighed, network]) await each.release();
  });
});

describe('frames that look at each other (crossFrame)', () => {
  it('looks across frames that would otherwise go through the network one by one', async () => {
    const network = await open('tiny-sd');
    const large = new Generator(4).randn([2, 4, 40, 56]);
    const plain = await network.predict(large, timestep, told);
    const steered = await network.predict(large, timestep, { ...told, rewrites: [crossFrame(network, 'first')] });
    assertClose(steered.slice(0, 1), plain.slice(0, 1), 'the first frame', CALL_TOLERANCE);
    assert.throws(() => assertClose(steered.slice(1), plain.slice(1), 'the second frame', 0.01));
    await network.release();
  });

  it('tapped attention goes along with it', async () => {
    const network = await open('tiny-sd');
    const rewrites = [crossFrame(network, ['first', 'previous'])];
    const tap = await network.tap({ kinds: ['self', 'cross'], tokens: [1, 2] });
    const { prediction, attention } = await network.predictTapped(sample, timestep, { ...told, rewrites }, tap);
    assert.deepEqual(prediction.data, (await network.predict(sample, timestep, { ...told, rewrites })).data);
    for (const { id, kind } of tap.sites) {
      const { dims } = attention.get(id)!;
      // Twice as many keys as places, where frames look at two frames.
      if (kind === 'self') assert.equal(dims.at(-1), 2 * dims.at(-2)!, id);
    }
    await network.release();
  });

  it('a motion model whose attention within frames can be told apart is steered, too', async () => {
    await inTinyFolder(['tiny-motion'], async (folder) => {
      const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
      const settings = { ...quick, numFrames: 4, numInferenceSteps: 1 };
      const plain = await pixelsOf(await model.generateVideo('a boat', settings));
      assert.deepEqual(await pixelsOf(await model.generateVideo('a boat', { ...settings, crossFrame: 'own' })), plain);
      assert.notDeepEqual(await pixelsOf(await model.generateVideo('a boat', { ...settings, crossFrame: 'first' })), plain);
      await model.release();
    });
  });

  it('networks that cannot be steered so are refused with a sentence, before anything is computed', async () => {
    const wan = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    await assert.rejects(wan.generateVideo('a boat', { crossFrame: 'first' }), {
      code: 'FL_ARGUMENT',
      message: /crossFrame is "first".*left out with.*no attention within single frames/s,
    });
    await wan.release();
    const packed = await open('tiny-attentions');
    assert.throws(() => crossFrame(packed, 'first'), { code: 'FL_ONNX_UNSUPPORTED', message: /cannot be told apart by frames/ });
    await packed.release();
  });

  it('what no source of frames is, is refused with those that there are', async () => {
    const model = await loadTinyModel('tiny-sd');
    for (const crossFrame of ['last', [], ['first', 'first'], 3])
      await assert.rejects(model.generateVideo('a boat', { crossFrame: crossFrame as 'first' }), {
        code: 'FL_ARGUMENT',
        message: /crossFrame.*'own', 'first', 'previous', or a list/s,
      });
    await model.release();
  });
});

describe('what cannot steer a run is refused before anything is computed', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());
  const refused: [string, object, RegExp][] = [
    ['a word that is not in the prompt', { attentionControl: { words: { car: 2 } } }, /"car".*a, red, balloon/s],
    ['a weight that is no number', { attentionControl: { words: { red: 'much' } } }, /the weight of "red" must be a number from -10 to 10/],
    ['steps backwards', { attentionControl: { words: { red: 2 }, steps: [0.5, 0.2] } }, /the smaller first/],
    ['a word for what is not there', { attentionControl: { word: { red: 2 } } }, /there is no attentionControl\.word/],
    [
      'a region beyond the picture',
      { regionalPrompts: [{ prompt: 'a sea', region: [0.5, 0, 0.6, 1] }] },
      /as shares of the picture, within it/,
    ],
    ['no regions', { regionalPrompts: [] }, /a list of at most 16 regions/],
    ['a layer that is not there', { pagScale: 2, pagAppliedLayers: ['up_blocks.9'] }, /up_blocks\.9.*up_blocks\.1\.attentions\.0/s],
    ['perturbed attention over other frames', { pagScale: 2, crossFrame: 'first' }, /pagScale is 2.*left out, or 0, with crossFrame/s],
    ['self-attention guidance over other frames', { sagScale: 1, crossFrame: 'first' }, /sagScale is 1.*left out, or 0, with crossFrame/s],
    ['FreeU with three factors', { freeU: { b1: 1, b2: 1, s1: 1 } }, /the four factors b1, b2, s1 and s2/],
    ['FreeU with another factor', { freeU: { b1: 1, b2: 1, s1: 1, s2: 1, s3: 1 } }, /s3/],
  ];
  for (const [title, steering, message] of refused)
    it(title, async () => {
      await assert.rejects(model.generateVideo('a red balloon', { ...quick, ...steering }), { code: 'FL_ARGUMENT', message });
    });
});

describe('perturbed-attention guidance: whole runs as StableDiffusionPAGPipeline makes them', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());
  for (const run of index.perturbed_runs)
    it(`scale ${run.pag_scale} in ${run.layers.join(' and ')}, guidance ${run.guidance_scale}, rescaled by ${run.guidance_rescale}`, async () => {
      let latents: Tensor | undefined;
      await model.generateVideo(index.prompt, {
        negativePrompt: index.negative_prompt,
        numInferenceSteps: index.num_inference_steps,
        seed: index.seed,
        guidanceScale: run.guidance_scale,
        guidanceRescale: run.guidance_rescale,
        pagScale: run.pag_scale,
        pagAppliedLayers: run.layers,
        numFrames: 1,
        width: 64,
        height: 64,
        onNotice: ignore,
        callbackOnStepEnd: (state) => void (latents = state.latents),
      });
      assertClose(latents!, reference.tensor(run.latents), 'final latents');
    });
});

describe('steered runs', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());

  const steerings: [string, GenerateVideoOptions, nothing: GenerateVideoOptions | undefined][] = [
    ['crossFrame', { crossFrame: ['first', 'previous'] }, { crossFrame: 'own' }],
    ['attentionControl', { attentionControl: { words: { red: 3 }, steps: [0, 0.7] } }, { attentionControl: { words: { red: 1 } } }],
    ['regionalPrompts', { regionalPrompts: [{ prompt: 'a blue sea', region: [0, 0.5, 1, 0.5] }] }, undefined],
    ['pagScale', { pagScale: 3, pagAppliedLayers: ['up_blocks.1'] }, { pagScale: 0 }],
    ['segScale', { segScale: 3, segBlurSigma: 1, segAppliedLayers: ['up_blocks.1'] }, { segScale: 0 }],
    ['sagScale', { sagScale: 0.75 }, { sagScale: 0 }],
    ['freeU', { freeU: { b1: 1.5, b2: 1.6, s1: 0.9, s2: 0.2 } }, { freeU: { b1: 1, b2: 1, s1: 1, s2: 1 } }],
  ];
  for (const [title, steering, nothing] of steerings) {
    it(`${title}: recorded, made again from the record, captured and gone on with, bit for bit`, async () => {
      const made = await model.generateVideo('a red balloon', { ...quick, ...steering, capture: true });
      const pixels = await pixelsOf(made);
      assert.notDeepEqual(pixels, await pixelsOf(await model.generateVideo('a red balloon', quick)));
      for (const [name, value] of Object.entries(steering)) assert.deepEqual(made.provenance!.settings[name], value);
      assert.deepEqual(await pixelsOf(await rerun(model, made.provenance!, undefined, { onNotice: ignore })), pixels);
      assert.deepEqual(await pixelsOf(await made.run!.at(1).resume({ onNotice: ignore })), pixels);
      const branch = await made.run!.at(1).resume({ prompt: 'a red boat', capture: false, onNotice: ignore });
      assert.notDeepEqual(await pixelsOf(branch), pixels);
      assert.deepEqual(await pixelsOf(await rerun(model, branch.provenance!, undefined, { onNotice: ignore })), await pixelsOf(branch));
      await made.run!.close();
    });

    if (nothing !== undefined)
      it(`${title}: what changes nothing gives the run without it, bit for bit`, async () =>
        assert.deepEqual(
          await pixelsOf(await model.generateVideo('a red balloon', { ...quick, ...nothing })),
          await pixelsOf(await model.generateVideo('a red balloon', quick)),
        ));
  }
});

const quick: GenerateVideoOptions = {
  width: 64,
  height: 64,
  numFrames: 3,
  numInferenceSteps: 3,
  guidanceScale: 4,
  seed: 5,
  onNotice: ignore,
};

async function open(folder: string): Promise<UNet> {
  return UNet.load(await ModelFolder.open(path.resolve(__dirname, folder)), { threads: 1 });
}

async function pixelsOf(video: Video): Promise<Buffer> {
  const frames: Uint8Array[] = [];
  for await (const { data } of video.frames()) frames.push(data);
  return Buffer.concat(frames);
}

function ignore(): void {
  // Remarks are no part of what is looked at here.
}
