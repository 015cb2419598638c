import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { readCheckpointHeader, readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { readControlNetFile, readMotionFile, readVaeFile, splitSingleFile } from '../../src/pipeline/checkpoints/singleFile.js';
import { openClipTensors } from '../../src/pipeline/checkpoints/textNames.js';
import { Generator, type SafetensorsEntry } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint } from './checkpointFolder.js';

type Tensors = ReadonlyMap<string, SafetensorsEntry>;

/** The files here were renamed in Python, and diffusers' own converter turned them back into the very tensors of the folders (generate/checkpoints.py). */
describe('checkpoints in one file', () => {
  describe("tensors under CompVis' names are those of diffusers' folder", () => {
    const file = checkpoint('single', 'tiny-sd1.safetensors');
    for (const [network, part] of [
      ['unet', 'unet'],
      ['vae', 'vae'],
      ['text', 'text_encoder'],
    ] as const) {
      it(part, async () => {
        const found = splitSingleFile((await readCheckpointHeader(file)).tensors, file)[network];
        assertSameTensors(found, (await readPartWeights(checkpoint('sd1', part))).tensors, network === 'text' ? 'text_model.' : '');
      });
    }

    it('an autoencoder by itself, with and without a prefix', async () => {
      for (const prefix of ['', 'first_stage_model.']) {
        const alone = join(mkdtempSync(join(tmpdir(), 'frameloom-vae-')), 'vae-ft.safetensors');
        writeAlone(alone, (await readCheckpointHeader(file)).tensors, prefix);
        const { weights, config } = await readVaeFile(alone);
        assertSameTensors(weights.tensors, (await readPartWeights(checkpoint('sd1', 'vae'))).tensors);
        assert.deepEqual(
          [config.block_out_channels, config.layers_per_block, config.latent_channels, config.scaling_factor],
          [[8, 8, 16, 16], 1, 4, 0.18215],
        );
        rmSync(dirname(alone), { recursive: true });
      }
    });

    it("AnimateDiff's own file", async () => {
      assertSameTensors(
        (await readMotionFile(checkpoint('single', 'tiny-motion.safetensors'))).weights.tensors,
        (await readPartWeights(checkpoint('animatediff-v2', 'motion_adapter'))).tensors,
      );
    });
  });

  it("open_clip's joint projection is cut in three where it lies, and Stable Diffusion 2's last layer is left out", () => {
    const joint: SafetensorsEntry = { file: 'x', type: 'F16', dims: [96, 32], offset: 1000, byteLength: 96 * 32 * 2 };
    const [query, key, value] = openClipTensors('transformer.resblocks.0.attn.in_proj_weight', joint, 2);
    assert.deepEqual(query, ['text_model.encoder.layers.0.self_attn.q_proj.weight', { ...joint, dims: [32, 32], byteLength: 2048 }]);
    assert.deepEqual([key![0], key![1].offset], ['text_model.encoder.layers.0.self_attn.k_proj.weight', 3048]);
    assert.deepEqual([value![0], value![1].offset], ['text_model.encoder.layers.0.self_attn.v_proj.weight', 5096]);
    const nameOf = (name: string) => openClipTensors(name, joint, 2).map(([ours]) => ours);
    assert.deepEqual(nameOf('transformer.resblocks.1.attn.in_proj_weight'), []);
    assert.deepEqual(nameOf('transformer.resblocks.0.mlp.c_fc.bias'), ['text_model.encoder.layers.0.mlp.fc1.bias']);
    assert.deepEqual(nameOf('transformer.resblocks.0.ln_2.weight'), ['text_model.encoder.layers.0.layer_norm2.weight']);
    assert.deepEqual(nameOf('positional_embedding'), ['text_model.embeddings.position_embedding.weight']);
    assert.deepEqual(nameOf('ln_final.bias'), ['text_model.final_layer_norm.bias']);
    assert.deepEqual(nameOf('text_projection'), []);
  });

  it("ControlNet's own file says by its text's width that it is for no Stable Diffusion", async () => {
    await assert.rejects(readControlNetFile(checkpoint('single', 'tiny-control.safetensors')), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /32 channels.*768.*1024/,
    });
  });

  it('a motion module by itself is refused by name', async () => {
    await assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('single', 'tiny-motion.safetensors')), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /motion module by itself; .*motionAdapter/,
    });
  });

  describe('as wide as Stable Diffusion 1, and otherwise small', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frameloom-single-'));
    const file = join(folder, 'someone-v3.safetensors');
    let model: LatentDiffusionModel;
    before(async () => {
      writeRandomCheckpoint(file);
      model = await LatentDiffusionModel.fromPretrained(file, { threads: 1 });
    });
    after(async () => {
      await model?.release();
      rmSync(folder, { recursive: true, force: true });
    });

    it("brings CLIP's tokenizer along", () => {
      // The numbers that every CLIP gives for this caption.
      const { ids, length } = model.tokenizer.encode([{ text: 'a photo of a cat', weight: 1 }]);
      assert.deepEqual(ids.slice(0, length), [49406, 320, 1125, 539, 320, 2368, 49407]);
      assert.equal(ids.length, 77);
    });

    it('is named after its file, and predicts noise', () => {
      assert.equal(model.name, 'someone-v3');
      assert.equal(model.directory, file);
      assert.equal(model.schedulerConfig.prediction_type, 'epsilon');
    });

    it('without its autoencoder it asks for one, and draws with one that is given as it draws with its own', async () => {
      const [bare, vae] = [join(folder, 'bare.safetensors'), join(folder, 'vae.safetensors')];
      writeRandomCheckpoint(bare, /^first_stage_model/);
      await assert.rejects(LatentDiffusionModel.fromPretrained(bare), {
        code: 'FL_MODEL_FILE_MISSING',
        message: /bare\.safetensors has no autoencoder\. .*option vae/,
      });
      writeRandomCheckpoint(vae, /^(?!first_stage_model)/);
      const whole = await LatentDiffusionModel.fromPretrained(bare, { threads: 1, vae });
      assert.deepEqual(await draw('a cat', whole), await draw('a cat'));
      await whole.release();
    });

    it('without its text encoder it says so', async () => {
      const mute = join(folder, 'mute.safetensors');
      writeRandomCheckpoint(mute, /^cond_stage_model/);
      await assert.rejects(LatentDiffusionModel.fromPretrained(mute), {
        code: 'FL_MODEL_FILE_MISSING',
        message: /mute\.safetensors has no text_encoder/,
      });
    });

    async function draw(prompt: string, drawn = model): Promise<number[]> {
      const video = await drawn.generateVideo(prompt, { numFrames: 1, width: 32, height: 32, numInferenceSteps: 2, seed: 3 });
      for await (const frame of video.frames()) return [...frame.data];
      return [];
    }

    it('draws from a seed, and the caption counts', async () => {
      const first = await draw('a cat');
      assert.deepEqual(await draw('a cat'), first);
      assert.notDeepEqual(await draw('a dog on a hill'), first);
    });
  });
});

/** Same names, shapes and numbers; halves are compared as halves. @param prefix what files of older transformers have in front. */
function assertSameTensors(found: Tensors, expected: Tensors, prefix = ''): void {
  const names = [...expected.keys()].map((name) => (name.startsWith(prefix) ? name : prefix + name)).sort();
  assert.deepEqual([...found.keys()].sort(), names);
  for (const [name, entry] of expected) {
    const other = found.get(name) ?? found.get(prefix + name)!;
    assert.deepEqual(other.dims, entry.dims, name);
    assert.deepEqual(halves(other), halves(entry), name);
  }
}

function halves({ file, type, offset, byteLength }: SafetensorsEntry): number[] {
  const bytes = Buffer.alloc(byteLength);
  const opened = openSync(file, 'r');
  readSync(opened, bytes, 0, byteLength, offset);
  closeSync(opened);
  const aligned = Uint8Array.from(bytes).buffer;
  return Array.from(type === 'F32' ? Float16Array.from(new Float32Array(aligned)) : new Float16Array(aligned));
}

/** The autoencoder of a checkpoint in a file of its own. */
function writeAlone(file: string, tensors: Tensors, prefix: string): void {
  const parts = [...tensors].filter(([name]) => name.startsWith('first_stage_model.'));
  let end = 0;
  const header = Object.fromEntries(
    parts.map(([name, { type, dims, byteLength }]) => [
      name.replace('first_stage_model.', prefix),
      { dtype: type, shape: dims, data_offsets: [end, (end += byteLength)] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(
    file,
    Buffer.concat([
      start,
      json,
      ...parts.map(([, entry]) => readFileSync(entry.file).subarray(entry.offset, entry.offset + entry.byteLength)),
    ]),
  );
}

/** A checkpoint with two levels of 32 and 64 channels, written without its last tensor's bytes: a hole in the file reads as zeros. */
function writeRandomCheckpoint(file: string, without?: RegExp): void {
  const noise = new Generator(5);
  const shapes: [string, number[]][] = [];
  const put = (name: string, ...dims: number[]) => shapes.push([`${name}.weight`, dims], [`${name}.bias`, [dims[0]!]]);
  const bare = (name: string, ...dims: number[]) => shapes.push([`${name}.weight`, dims]);
  const norm = (name: string, width: number) => put(name, width);
  const U = 'model.diffusion_model.';
  const resnet = (name: string, from: number, to: number) => {
    norm(`${name}.in_layers.0`, from);
    put(`${name}.in_layers.2`, to, from, 3, 3);
    put(`${name}.emb_layers.1`, to, 128);
    norm(`${name}.out_layers.0`, to);
    put(`${name}.out_layers.3`, to, to, 3, 3);
    if (from !== to) put(`${name}.skip_connection`, to, from, 1, 1);
  };
  const transformer = (name: string, c: number) => {
    norm(`${name}.norm`, c);
    put(`${name}.proj_in`, c, c, 1, 1);
    const b = `${name}.transformer_blocks.0`;
    for (const [attention, width] of [
      ['attn1', c],
      ['attn2', 768],
    ] as const) {
      bare(`${b}.${attention}.to_q`, c, c);
      bare(`${b}.${attention}.to_k`, c, width);
      bare(`${b}.${attention}.to_v`, c, width);
      put(`${b}.${attention}.to_out.0`, c, c);
    }
    put(`${b}.ff.net.0.proj`, 8 * c, c);
    put(`${b}.ff.net.2`, c, 4 * c);
    for (const i of [1, 2, 3]) norm(`${b}.norm${i}`, c);
    put(`${name}.proj_out`, c, c, 1, 1);
  };
  put(`${U}time_embed.0`, 128, 32);
  put(`${U}time_embed.2`, 128, 128);
  put(`${U}input_blocks.0.0`, 32, 4, 3, 3);
  resnet(`${U}input_blocks.1.0`, 32, 32);
  transformer(`${U}input_blocks.1.1`, 32);
  put(`${U}input_blocks.2.0.op`, 32, 32, 3, 3);
  resnet(`${U}input_blocks.3.0`, 32, 64);
  resnet(`${U}middle_block.0`, 64, 64);
  transformer(`${U}middle_block.1`, 64);
  resnet(`${U}middle_block.2`, 64, 64);
  resnet(`${U}output_blocks.0.0`, 128, 64);
  resnet(`${U}output_blocks.1.0`, 96, 64);
  put(`${U}output_blocks.1.1.conv`, 64, 64, 3, 3);
  resnet(`${U}output_blocks.2.0`, 96, 32);
  transformer(`${U}output_blocks.2.1`, 32);
  resnet(`${U}output_blocks.3.0`, 64, 32);
  transformer(`${U}output_blocks.3.1`, 32);
  norm(`${U}out.0`, 32);
  put(`${U}out.2`, 4, 32, 3, 3);
  const V = 'first_stage_model.';
  const block = (name: string, from: number, to: number) => {
    norm(`${name}.norm1`, from);
    put(`${name}.conv1`, to, from, 3, 3);
    norm(`${name}.norm2`, to);
    put(`${name}.conv2`, to, to, 3, 3);
    if (from !== to) put(`${name}.nin_shortcut`, to, from, 1, 1);
  };
  for (const half of ['encoder', 'decoder']) {
    put(`${V}${half}.conv_in`, half === 'encoder' ? 32 : 64, half === 'encoder' ? 3 : 4, 3, 3);
    for (const i of [1, 2]) block(`${V}${half}.mid.block_${i}`, 64, 64);
    norm(`${V}${half}.mid.attn_1.norm`, 64);
    for (const projection of ['q', 'k', 'v', 'proj_out']) put(`${V}${half}.mid.attn_1.${projection}`, 64, 64, 1, 1);
    norm(`${V}${half}.norm_out`, half === 'encoder' ? 64 : 32);
  }
  block(`${V}encoder.down.0.block.0`, 32, 32);
  put(`${V}encoder.down.0.downsample.conv`, 32, 32, 3, 3);
  block(`${V}encoder.down.1.block.0`, 32, 64);
  put(`${V}encoder.conv_out`, 8, 64, 3, 3);
  for (const i of [0, 1]) block(`${V}decoder.up.1.block.${i}`, 64, 64);
  put(`${V}decoder.up.1.upsample.conv`, 64, 64, 3, 3);
  block(`${V}decoder.up.0.block.0`, 64, 32);
  block(`${V}decoder.up.0.block.1`, 32, 32);
  put(`${V}decoder.conv_out`, 3, 32, 3, 3);
  put(`${V}quant_conv`, 8, 8, 1, 1);
  put(`${V}post_quant_conv`, 4, 4, 1, 1);
  const T = 'cond_stage_model.transformer.text_model.';
  const layer = `${T}encoder.layers.0`;
  for (const projection of ['q', 'k', 'v', 'out']) put(`${layer}.self_attn.${projection}_proj`, 768, 768);
  for (const i of [1, 2]) norm(`${layer}.layer_norm${i}`, 768);
  put(`${layer}.mlp.fc1`, 64, 768);
  put(`${layer}.mlp.fc2`, 768, 64);
  norm(`${T}final_layer_norm`, 768);
  bare(`${T}embeddings.position_embedding`, 77, 768);
  bare(`${T}embeddings.token_embedding`, 49408, 768);
  writeHalves(
    file,
    shapes.filter(([name]) => !without?.test(name)),
    noise,
  );
}

function writeHalves(file: string, shapes: readonly [string, number[]][], noise: Generator): void {
  let end = 0;
  const header = Object.fromEntries(
    shapes.map(([name, dims]) => [
      name,
      { dtype: 'F16', shape: dims, data_offsets: [end, (end += 2 * dims.reduce((product, length) => product * length, 1))] },
    ]),
  );
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...header }));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  const opened = openSync(file, 'w');
  writeSync(opened, Buffer.concat([start, json]));
  // The same 65,536 normals over and over, rounded once.
  const { data } = noise.randn([1 << 16]);
  const bytesOf = (scale: number, mean: number) => Buffer.from(Float16Array.from(data, (value) => mean + value * scale).buffer);
  const [matrices, norms, biases] = [bytesOf(0.05, 0), bytesOf(0.2, 1), bytesOf(0.2, 0)];
  for (const [name, dims] of shapes) {
    const bytes = dims.length > 1 ? matrices : name.endsWith('weight') ? norms : biases;
    // Of the words' table, 4000 rows are enough: those of the captions here.
    const rows = name.endsWith('token_embedding.weight') ? 4000 : dims[0]!;
    for (let left = 2 * dims.slice(1).reduce((product, length) => product * length, rows); left > 0; left -= bytes.length)
      writeSync(opened, bytes, 0, Math.min(left, bytes.length));
  }
  ftruncateSync(opened, 8 + json.length + end);
  closeSync(opened);
}
