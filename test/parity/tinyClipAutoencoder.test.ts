import assert from 'node:assert/strict';
import { buildVae } from '../../src/pipeline/checkpoints/buildNetworks.js';
import { readVaeFile } from '../../src/pipeline/checkpoints/singleFile.js';
import { ClipChunks } from '../../src/pipeline/networks/clipChunks.js';
import { chunkSizes, clipPass, passLimits } from '../../src/pipeline/networks/clipCoding.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter } from '../../src/pipeline/onnx/graphRewriter.js';
import { inferShapes } from '../../src/pipeline/onnx/inferShapes.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

const TOLERANCE = 1e-5;

describe('TAEHV, the tiny autoencoder for Wan 2.1', () => {
  const reference = new ReferenceFile<{ cases: { pixels: Stored; encoded: Stored; latents: Stored; decoded: Stored }[] }>('taehv');
  const { cases } = reference.index;
  const file = checkpoint('taew2_1-tiny.safetensors');

  it('agrees with PyTorch: one picture, five frames and seventeen, in one pass and chunk by chunk', async () => {
    const { encoder, decoder } = buildVae(await readVaeFile(file));
    const [encoding, decoding] = [await Graph.loadBuilt(encoder, { threads: 1 }), await Graph.loadBuilt(decoder, { threads: 1 })];
    const inChunks = [
      await ClipChunks.open(encoder!, encoding, { threads: 1 }),
      await ClipChunks.open(decoder, decoding, { threads: 1 }),
    ] as const;
    try {
      for (const [i, { pixels, encoded, latents, decoded }] of cases.entries()) {
        const given = await encoding.run({ sample: reference.tensor(pixels) });
        assertClose(given.latent_sample!, reference.tensor(encoded), `encoder, clip ${i}`, TOLERANCE);
        const clip = reference.tensor(latents);
        const whole = await decoding.run({ latent_sample: clip });
        assertClose(whole.sample!, reference.tensor(decoded), `decoder, clip ${i}`, TOLERANCE);
        if (clip.dims[2]! < 3) continue;
        for (const frames of [1, 2, 3]) {
          const [byEncoder, byDecoder] = inChunks;
          const latentsInChunks = await byEncoder!.code(reference.tensor(pixels), chunkSizes(frames, 4));
          assertClose(latentsInChunks, reference.tensor(encoded), `encoder, ${frames} at a time`, TOLERANCE);
          assertClose(await byDecoder!.code(clip, chunkSizes(frames, 1)), reference.tensor(decoded), `${frames} at a time`, TOLERANCE);
        }
      }
    } finally {
      for (const graph of [encoding, decoding, ...inChunks]) await graph?.release();
    }
  });

  it('the shape of every value can be told, so that memory is known beforehand', async () => {
    const { encoder, decoder } = buildVae(await readVaeFile(file));
    const first = decoder.inChunks!().first;
    const firstFrames = encoder!.inChunks!().first;
    for (const [built, inputs] of [
      [encoder, { sample: [1, 3, 5, 16, 24] }],
      [decoder, { latent_sample: [1, 4, 2, 2, 3] }],
      [first, { latent_sample: [1, 4, 3, 2, 3] }],
      [firstFrames, { sample: [1, 3, 8, 16, 24] }],
    ] as const) {
      const graph = await Graph.loadBuilt(built, { threads: 1 });
      const shapes = inferShapes(new GraphRewriter(graph.structure), new Map(Object.entries(inputs)));
      const unknown = graph.structure.nodes.filter(({ outputs }) => outputs.some((name) => !shapes.get(name)?.every(Number.isInteger)));
      assert.deepEqual(
        unknown.map(({ name }) => name),
        [],
      );
      await graph.release();
    }
  });

  it('takes the place of the model’s own where it is asked for, and makes a clip, and edits one', async () => {
    const { folder, remove } = checkpointFolder('wan');
    const model = await LatentDiffusionModel.fromPretrained(folder, { vae: file, threads: 1 });
    try {
      assert.equal(model.vae.temporalScaleFactor, 4);
      const made = await model.generateVideo('a hot air balloon', { numFrames: 5, width: 32, height: 32, numInferenceSteps: 2, seed: 1 });
      assert.equal(made.frameCount, 5);
      const edited = await model.editVideo(made, 'stars', { width: 32, height: 32, numInferenceSteps: 2, seed: 2, strength: 0.5 });
      assert.equal(edited.frameCount, 5);
      const needs = new Map(model.needsOf({ width: 64, height: 64, frames: 17 }).parts.map((part) => [part.part, part]));
      assert.ok(needs.get('vae_decoder')!.callBytes > 0);
    } finally {
      await model.release();
      remove();
    }
  });

  it('takes a part of the memory of Wan’s, so that more goes through at once: whole pictures in chunks where Wan’s goes in tiles', () => {
    const [tiny, own] = [passLimits({ _class_name: 'TAEHV' }), passLimits({ _class_name: 'AutoencoderKLWan' })];
    const short = { frames: 17, width: 480, height: 272 };
    assert.deepEqual(
      [tiny, own].map((limits) => clipPass(short, { ...limits, chunkFactor: 4 }).passes),
      [4, 6],
    );
    const { tiles, chunk, width, height } = clipPass({ ...short, frames: 81 }, { ...tiny, chunkFactor: 4 });
    assert.deepEqual({ tiles, chunk, width, height }, { tiles: 1, chunk: 1, width: 480, height: 272 });
    assert.equal(clipPass({ ...short, frames: 81 }, { ...own, chunkFactor: 4 }).tiles, 6);
    // A picture of which not even one latent frame's fit goes in tiles with both.
    assert.equal(clipPass({ frames: 17, width: 832, height: 480 }, { ...tiny, chunkFactor: 4 }).tiles, 5 * 3);
  });

  it('the memory of its chunks does not grow with the clip, and is no more than that of the frames that they are counted as', async () => {
    const { folder, remove } = checkpointFolder('wan');
    const model = await LatentDiffusionModel.fromPretrained(folder, { vae: file, threads: 1 });
    try {
      for (const part of ['vae_encoder', 'vae_decoder']) {
        const [whole, long, longer] = [17, 81, 161].map((frames) => {
          const size = frames === 17 ? { width: 288, height: 272 } : { width: 480, height: 272 };
          return model.needsOf({ ...size, frames }).parts.find((one) => one.part === part)!;
        });
        assert.equal(long!.callBytes, longer!.callBytes);
        // 17 frames of 288 × 272 are 96 % of what goes through at once.
        assert.ok(
          whole!.calls === 1 && long!.calls > 1 && long!.callBytes < 1.1 * whole!.callBytes,
          `${long!.callBytes} ${whole!.callBytes}`,
        );
      }
    } finally {
      await model.release();
      remove();
    }
  });

  it('refuses models whose latents are others, before anything runs', async () => {
    await assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { vae: file, threads: 1 }), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /clip/,
    });
    const { folder, remove } = checkpointFolder('wan');
    try {
      await assert.rejects(LatentDiffusionModel.fromPretrained(folder, { vae: checkpoint('taesd'), threads: 1 }), {
        code: 'FL_MODEL_UNSUPPORTED',
        message: /clip/,
      });
    } finally {
      remove();
    }
  });
});
