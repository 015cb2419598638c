import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import type { ConfigJson } from '../../src/pipeline/onnx/build/configReader.js';
import { buildWanTransformer } from '../../src/pipeline/onnx/index.js';
import { checkpoint } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Call {
  sample: Stored;
  control: Stored;
  text: Stored;
  timestep: number[];
  scales: number[];
  output: Stored;
}

/** What the project promises for a part, in parts of the output's root mean square. */
const TOLERANCE = 1e-5;

describe("Wan VACE's transformer, built from its checkpoint", () => {
  const place = checkpoint('wan-vace', 'transformer');
  const reference = new ReferenceFile<{ calls: Call[] }>('wanVace');
  const config = JSON.parse(readFileSync(checkpoint('wan-vace', 'transformer', 'config.json'), 'utf8')) as ConfigJson;
  const listOf = (numbers: number[]) => ({ data: numbers, dims: [numbers.length] });

  it('agrees with PyTorch: two hints of different weights, clips of two sizes', async () => {
    const graph = await Graph.loadBuilt(buildWanTransformer(config, await readPartWeights(place)), { threads: 1 });
    try {
      for (const [i, { sample, control, text, timestep, scales, output }] of reference.index.calls.entries()) {
        const feeds = {
          hidden_states: reference.tensor(sample),
          control_hidden_states: reference.tensor(control),
          control_hidden_states_scale: listOf(scales),
          timestep: listOf(timestep),
          encoder_hidden_states: reference.tensor(text),
        };
        const velocity = Object.values(await graph.run(feeds))[0]!;
        assertClose(velocity, reference.tensor(output), `call ${i}`, TOLERANCE);
      }
    } finally {
      await graph.release();
    }
  });

  it('refuses hints for blocks that there are not, or in no order', async () => {
    const weights = await readPartWeights(place);
    for (const layers of [[0, 3], [1, 2], [0, 0], [], 'all', [0, 1.5]])
      assert.throws(() => buildWanTransformer({ ...config, vace_layers: layers }, weights), {
        code: 'FL_CHECKPOINT_CONFIG',
        message: /vace_layers/,
      });
    assert.throws(() => buildWanTransformer({ ...config, vace_in_channels: 96 }, weights), {
      code: 'FL_CHECKPOINT_TENSOR',
      message: /vace_patch_embedding/,
    });
    assert.throws(() => buildWanTransformer({ ...config, vace_layers: [0] }, weights), {
      code: 'FL_CHECKPOINT_TENSOR',
      message: /vace_blocks\.1/,
    });
  });
});
