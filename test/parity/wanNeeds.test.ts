import assert from 'node:assert/strict';
import type { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphRewriter } from '../../src/pipeline/onnx/graphRewriter.js';
import { inferShapes } from '../../src/pipeline/onnx/inferShapes.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpointFolder } from './checkpointFolder.js';

describe('what a run of Wan takes is known beforehand', () => {
  const { folder, remove } = checkpointFolder('wan', 'wan-vace');
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await model?.release();
    remove();
  });

  it('the shape of every value of its networks can be told, of weights in 16 bits too', async () => {
    const halves = checkpointFolder('wan', 'wan-bf16');
    const other = await LatentDiffusionModel.fromPretrained(halves.folder, { threads: 1 });
    try {
      const calls: [Graph, Record<string, number[]>][] = [
        [model.unet.graph, unetInputs(72)],
        [other.unet.graph, unetInputs()],
        [model.textEncoder.graph, { input_ids: [1, 9] }],
        [model.vae.encoder!, { sample: [1, 3, 5, 32, 48] }],
        [model.vae.decoder, { latent_sample: [1, 4, 2, 4, 6] }],
      ];
      for (const [graph, inputs] of calls) {
        const shapes = inferShapes(new GraphRewriter(graph.structure), new Map(Object.entries(inputs)));
        const unknown = graph.structure.nodes.filter(({ outputs }) => outputs.some((name) => !shapes.get(name)?.every(Number.isInteger)));
        assert.deepEqual(
          unknown.map(({ name }) => name),
          [],
          graph.label,
        );
      }
      const shapes = inferShapes(new GraphRewriter(model.unet.graph.structure), new Map(Object.entries(unetInputs(72))));
      assert.deepEqual(shapes.get('out_sample'), [1, 4, 3, 6, 4]);
    } finally {
      await other.release();
      halves.remove();
    }
  });

  function unetInputs(control?: number): Record<string, number[]> {
    return {
      hidden_states: [1, 4, 3, 6, 4],
      timestep: [1],
      encoder_hidden_states: [1, 512, 32],
      ...(control === undefined ? {} : { control_hidden_states: [1, control, 3, 6, 4], control_hidden_states_scale: [2] }),
    };
  }

  const partsOf = (size: { width: number; height: number; frames: number }) =>
    new Map(model.needsOf(size).parts.map((part) => [part.part, part]));

  it('its transformer works on latent frames, its autoencoder on all frames of the clip at once', () => {
    const [five, nine, seventeen] = [5, 9, 17].map((frames) => partsOf({ width: 64, height: 48, frames }));
    const growth = (part: string, of: 'callBytes' | 'operations') =>
      (seventeen!.get(part)![of] - nine!.get(part)![of]) / (nine!.get(part)![of] - five!.get(part)![of]);
    // From 2 latent frames to 3 and to 5: twice the step, and more for attention; of everything by frames the same.
    assert.ok(growth('unet', 'operations') >= 2 && growth('unet', 'operations') < 3, String(growth('unet', 'operations')));
    for (const part of ['vae_encoder', 'vae_decoder']) {
      assert.equal(seventeen!.get(part)!.calls, part === 'vae_encoder' ? 2 : 1);
      for (const of of ['callBytes', 'operations'] as const)
        assert.ok(Math.abs(growth(part, of) - 2) < 0.1, `${part} ${of} ${growth(part, of)}`);
    }
  });

  it('its parts take turns in memory unless all are asked for', async () => {
    assert.deepEqual(model.memoryPlan, { memory: 'least' });
    const speedy = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, memory: 'speed' });
    assert.equal(speedy.memoryPlan.memory, 'speed');
    const size = { width: 64, height: 48, frames: 17 };
    assert.ok(model.needsOf(size).runningBytes < speedy.needsOf(size).runningBytes);
    await speedy.release();
  });

  it('a large clip goes through the autoencoder in tiles, whose memory does not grow with the picture', () => {
    const [tiled, larger] = [640, 1280].map((width) => partsOf({ width, height: 480, frames: 17 }));
    assert.equal(tiled!.get('vae_decoder')!.calls, 4 * 3);
    assert.equal(larger!.get('vae_decoder')!.calls, 7 * 3);
    assert.equal(tiled!.get('vae_decoder')!.callBytes, larger!.get('vae_decoder')!.callBytes);
    // Columns of 256, 256, 256 and 64 pixels, rows of 256, 256 and 96.
    const operations = ({ operations, calls }: { operations: number; calls: number }) => operations * calls;
    const whole = partsOf({ width: 256, height: 256, frames: 17 }).get('vae_decoder')!;
    const share = (832 * 608) / (256 * 256);
    assert.ok(Math.abs(operations(tiled!.get('vae_decoder')!) / (share * operations(whole)) - 1) < 1e-6);
    assert.deepEqual([whole.calls, whole.callBytes], [1, tiled!.get('vae_decoder')!.callBytes]);
  });

  it('a long clip goes through it in chunks, whose memory does not grow with the frames', () => {
    const [long, longer] = [81, 161].map((frames) => partsOf({ width: 640, height: 480, frames }));
    for (const part of ['vae_encoder', 'vae_decoder']) {
      assert.equal(long!.get(part)!.callBytes, longer!.get(part)!.callBytes);
      assert.ok(long!.get(part)!.calls < longer!.get(part)!.calls);
    }
    // Tiles times chunks: two latent frames, then one after the other.
    assert.equal(long!.get('vae_decoder')!.calls, 4 * 3 * 20);
    const [few, many] = [33, 321].map((frames) => partsOf({ width: 128, height: 128, frames }).get('vae_decoder')!);
    assert.deepEqual([few!.calls, many!.calls], [1, 6]);
  });
});
