import assert from 'node:assert/strict';
import type { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter } from '../../src/pipeline/onnx/graphRewriter.js';
import { inferShapes } from '../../src/pipeline/onnx/inferShapes.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';

describe('what a run of LTX-Video takes is known beforehand', () => {
  const { folder, remove } = checkpointFolder('ltx', 'ltx-timed');
  let model: LatentDiffusionModel;
  let later: LatentDiffusionModel;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained(checkpoint('ltx'), { threads: 1 });
    later = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
  });
  after(async () => {
    await model?.release();
    await later?.release();
    remove();
  });

  it('the shape of every value of its networks can be told, of weights in 16 bits too', () => {
    const latents = { latent_sample: [1, 8, 2, 2, 3] };
    const planes = { up_blocks_0_noise: [4, 4, 6], up_blocks_1_noise: [2, 8, 12], up_blocks_2_noise: [2, 16, 24] };
    const positions = { rotary_frames: [3, 2, 10], rotary_rows: [2, 2, 10], rotary_columns: [4, 2, 10] };
    const calls: [Graph, Record<string, number[]>, number[]][] = [
      [
        model.unet.graph,
        { hidden_states: [1, 8, 3, 2, 4], timestep: [1], encoder_hidden_states: [1, 9, 32], ...positions },
        [1, 8, 3, 2, 4],
      ],
      [model.textEncoder.graph, { input_ids: [1, 128] }, [1, 128, 32]],
      [model.vae.encoder!, { sample: [1, 3, 9, 64, 96] }, [1, 16, 2, 2, 3]],
      [model.vae.decoder, latents, [1, 3, 9, 64, 96]],
      [later.vae.encoder!, { sample: [1, 3, 9, 64, 96] }, [1, 16, 2, 2, 3]],
      [later.vae.decoder, { ...latents, timestep: [1], ...planes }, [1, 3, 9, 64, 96]],
    ];
    for (const [graph, inputs, output] of calls) {
      const shapes = inferShapes(new GraphRewriter(graph.structure), new Map(Object.entries(inputs)));
      const unknown = graph.structure.nodes.filter(({ outputs }) => outputs.some((name) => !shapes.get(name)?.every(Number.isInteger)));
      assert.deepEqual(
        unknown.map(({ name }) => name),
        [],
        graph.label,
      );
      assert.deepEqual(shapes.get([...graph.outputs.keys()][0]!), output, graph.label);
    }
  });

  const partsOf = (of: LatentDiffusionModel, size: { width: number; height: number; frames: number }) =>
    new Map(of.needsOf(size).parts.map((part) => [part.part, part]));

  it('follows latent frames in the transformer, and all frames at once in the autoencoder', () => {
    for (const each of [model, later]) {
      const [nine, seventeen, thirtyThree] = [9, 17, 33].map((frames) => partsOf(each, { width: 128, height: 96, frames }));
      const growth = (part: string, of: 'callBytes' | 'operations') =>
        (thirtyThree!.get(part)![of] - seventeen!.get(part)![of]) / (seventeen!.get(part)![of] - nine!.get(part)![of]);
      // From 2 latent frames to 3 and to 5: twice the step, and more for attention; of everything by frames the same.
      assert.ok(growth('unet', 'operations') >= 2 && growth('unet', 'operations') < 3, String(growth('unet', 'operations')));
      for (const part of ['vae_encoder', 'vae_decoder']) {
        assert.equal(thirtyThree!.get(part)!.calls, 1);
        assert.ok(Math.abs(growth(part, 'operations') - 2) < 0.1, `${part} ${growth(part, 'operations')}`);
      }
    }
  });

  it('a large clip goes through the autoencoder in tiles, whose memory does not grow with the picture', () => {
    const [tiled, larger] = [1280, 2560].map((width) => partsOf(model, { width, height: 704, frames: 161 }));
    assert.equal(tiled!.get('vae_decoder')!.calls, 7 * 4);
    assert.equal(larger!.get('vae_decoder')!.calls, 14 * 4);
    assert.equal(tiled!.get('vae_decoder')!.callBytes, larger!.get('vae_decoder')!.callBytes);
  });
});
