import assert from 'node:assert/strict';
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCheckpointHeader, readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { readSingleFile } from '../../src/pipeline/checkpoints/singleFile.js';
import type { FrameloomError } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { GraphBuilder } from '../../src/pipeline/onnx/build/graphBuilder.js';
import { readUNetConfig } from '../../src/pipeline/onnx/build/unetConfig.js';

const checkpoints = path.join(__dirname, '..', 'parity', 'checkpoints');

describe('checkpoints of strangers', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-hostile-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A file with this header, or these bytes as header, and so many bytes of tensors. */
  function file(header: object | string | Buffer, bytes = 0, claimed?: bigint): string {
    const body = Buffer.isBuffer(header) ? header : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(claimed ?? BigInt(body.length));
    const place = path.join(folder, 'model.safetensors');
    writeFileSync(place, Buffer.concat([length, body, Buffer.alloc(bytes)]));
    return place;
  }
  const tensor = (from: number, to: number, shape: unknown = [(to - from) / 4], dtype: unknown = 'F32') => ({
    dtype,
    shape,
    data_offsets: [from, to],
  });

  describe('a header that lies is refused, with the tensor’s name:', () => {
    const refuses = (title: string, make: () => string, reason: RegExp) =>
      it(title, () =>
        assert.rejects(readCheckpointHeader(make()), (error: FrameloomError) => {
          assert.equal(error.code, 'FL_CHECKPOINT_DAMAGED');
          assert.match(error.message, reason);
          assert.ok(error.message.length < 1000);
          return true;
        }),
      );

    refuses(
      'an empty file',
      () => {
        const place = file({});
        writeFileSync(place, '');
        return place;
      },
      /claims 0 bytes of 0/,
    );
    refuses('a length of 2^63', () => file({}, 0, 2n ** 63n), /claims 9223372036854775808 bytes/);
    refuses('a header longer than the file', () => file({ a: tensor(0, 4) }, 4, 5000n), /claims 5000 bytes/);
    refuses('no JSON', () => file('{"a": '), /not JSON/);
    refuses('bytes that are no text', () => file(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), /not JSON/);
    refuses('a list', () => file('[1, 2, 3]'), /not an object/);
    refuses('JSON a million levels deep', () => file(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), /not an object|not JSON/);
    refuses(
      'a tensor that ends after the file',
      () => file({ 'conv_in.weight': tensor(0, 4000) }, 40),
      /"conv_in\.weight" ends at byte \d+ of a file of \d+/,
    );
    refuses(
      'tensors that overlap',
      () => file({ first: tensor(0, 8), second: tensor(4, 12) }, 12),
      /overlap or leave gaps, first at "second"/,
    );
    refuses(
      'a gap between tensors',
      () => file({ first: tensor(0, 4), second: tensor(8, 12) }, 12),
      /overlap or leave gaps, first at "second"/,
    );
    refuses('bytes that belong to no tensor', () => file({ first: tensor(0, 4) }, 400), /its tensors end at/);
    refuses(
      'a shape of 2^60 numbers in 4 bytes',
      () => file({ giant: tensor(0, 4, [2 ** 30, 2 ** 30]) }, 4),
      /"giant" of shape \[1073741824, 1073741824\] cannot take 4 bytes/,
    );
    refuses(
      'a shape whose product is no exact number',
      () => file({ giant: tensor(0, 4, [2 ** 53 - 1, 2 ** 53 - 1, 2]) }, 4),
      /"giant" of shape/,
    );
    refuses('a negative length', () => file({ odd: tensor(0, 4, [-1]) }, 4), /"odd" has no shape/);
    refuses('offsets the wrong way round', () => file({ odd: tensor(4, 0, [1]) }, 4), /"odd" of shape \[1\] cannot take -4 bytes/);
    refuses(
      'offsets that are no numbers',
      () => file({ odd: { dtype: 'F32', shape: [1], data_offsets: ['0', '4'] } }, 4),
      /"odd" has no place/,
    );
    refuses('a hundred axes', () => file({ odd: tensor(0, 4, Array(100).fill(1)) }, 4), /"odd" has no shape/);
    refuses('a type that nobody has', () => file({ odd: tensor(0, 4, [1], 'F4096') }, 4), /"odd" has the type "F4096"/);
    refuses('a type that is no word', () => file({ odd: tensor(0, 4, [1], 7) }, 4), /"odd" has the type without a name/);
    refuses('null in the place of a tensor', () => file('{"odd":null}'), /"odd" has the type without a name/);
    refuses('a name of a megabyte', () => file({ ['x'.repeat(1e6)]: tensor(0, 4, [2]) }, 4), /"xxx/);
    refuses(
      'a name of a million parts, each to be looked up',
      () => file({ ['a.'.repeat(1e6)]: tensor(0, 4, [1]) }, 4),
      /name of 2000000 characters/,
    );
  });

  it('bytes beyond 4 GB are found by an offset that no 32 bits hold', async () => {
    const far = 5 * 2 ** 30;
    const header = file({ near: tensor(0, far, [far / 4]), far: tensor(far, far + 8) });

    const start = statSync(header).size;
    // A file of holes takes no space on the drive.
    truncateSync(header, start + far + 8);
    const { tensors } = await readCheckpointHeader(header);
    assert.deepEqual([tensors.get('far')!.offset, tensors.get('far')!.byteLength], [start + far, 8]);
  });

  it('weights on either side of 2 GB and of 4 GB, and across them, are the numbers that lie there', async () => {
    for (const border of [2 ** 31, 2 ** 32]) {
      const { header, start, end } = farHeader(border);
      for (const at of [border - 8, border - 4, border]) {
        const opened = openSync(header, 'r+');
        writeSync(opened, Buffer.from(Float32Array.of(at % 1000, 2.5).buffer), 0, 8, at);
        closeSync(opened);
        const graph = new GraphBuilder('far');
        const weight = graph.external('far', { file: header, type: 'F32', dims: [2], offset: at, byteLength: 8 });
        graph.output(graph.node('Mul', [graph.input('x', [2]), weight], [2]), 'y');
        const loaded = await Graph.loadBuilt(graph.finish(), { threads: 1 });
        const { y } = await loaded.run({ x: { data: [1, 2], dims: [2] } });
        assert.deepEqual([...y!.data], [at % 1000, 5], `${at} of ${start} to ${end}`);
        await loaded.release();
      }
      rmSync(header);
    }
  });

  /** A file of holes that reaches beyond a border; it takes no space on the drive. */
  function farHeader(border: number): { header: string; start: number; end: number } {
    const header = file({ all: tensor(0, border + 64, [(border + 64) / 4]) });
    const start = statSync(header).size;
    truncateSync(header, start + border + 64);
    return { header, start, end: start + border + 64 };
  }

  describe('weights that do not fit their settings are refused before anything is allocated, with the tensor’s name:', () => {
    /** Loads Stable Diffusion 1 with a change to one part. */
    const refuses = (title: string, change: (model: string) => void, code: string, reason: RegExp) =>
      it(title, async () => {
        cpSync(path.join(checkpoints, 'sd1'), folder, { recursive: true });
        change(folder);
        await assert.rejects(LatentDiffusionModel.fromPretrained(folder), (error: FrameloomError) => {
          assert.equal(error.code, code, error.message);
          assert.match(error.message, reason);
          return true;
        });
      });
    const settings = (part: string, changes: object) => (model: string) => {
      const place = path.join(model, part, 'config.json');
      writeFileSync(place, JSON.stringify({ ...(JSON.parse(readFileSync(place, 'utf8')) as object), ...changes }));
    };

    refuses(
      'more layers than there are tensors',
      settings('unet', { layers_per_block: 2 }),
      'FL_CHECKPOINT_TENSOR',
      /has no tensor "down_blocks\.0\.resnets\.1\.norm1\.weight"/,
    );
    refuses(
      'other widths',
      settings('unet', { block_out_channels: [8, 16, 24] }),
      'FL_CHECKPOINT_TENSOR',
      /"down_blocks\.2\.resnets\.0\.conv1\.weight" has the shape \[16, 16, 3, 3\], but it must give 24 channels/,
    );
    refuses(
      'another width of text',
      settings('unet', { cross_attention_dim: 64 }),
      'FL_CHECKPOINT_TENSOR',
      /attn2\.to_k\.weight" has the shape \[8, 32\], but it must take 64 channels/,
    );
    refuses(
      'levels without attention that have some',
      settings('unet', { down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'] }),
      'FL_CHECKPOINT_TENSOR',
      /tensors that no part of the network uses: "down_blocks\.0\.attentions\.0/,
    );
    refuses(
      'heads that do not divide the channels',
      settings('unet', { attention_head_dim: 3 }),
      'FL_CHECKPOINT_TENSOR',
      /to_q\.weight" .* multiple of 3 channels/,
    );
    refuses(
      'a text encoder with more layers',
      settings('text_encoder', { num_hidden_layers: 12 }),
      'FL_CHECKPOINT_TENSOR',
      /has no tensor "\S*encoder\.layers\.2\.layer_norm1\.weight"/,
    );
    refuses(
      'a text encoder with fewer layers',
      settings('text_encoder', { num_hidden_layers: 1 }),
      'FL_CHECKPOINT_TENSOR',
      /no part of the network uses/,
    );
    refuses('a VAE of other channels', settings('vae', { latent_channels: 16 }), 'FL_CHECKPOINT_TENSOR', /"encoder\.conv_out\.weight"/);
    refuses(
      'a list of a million levels',
      settings('unet', { block_out_channels: Array(1e6).fill(8) }),
      'FL_MODEL_JSON',
      /block_out_channels/,
    );
    refuses('channels without end', settings('unet', { block_out_channels: [1e300, 8, 8] }), 'FL_CHECKPOINT_CONFIG', /block_out_channels/);
    refuses('a number in the place of a list', settings('unet', { down_block_types: 3 }), 'FL_CHECKPOINT_CONFIG', /down_block_types is 3/);
    refuses(
      'Stable Diffusion XL by its settings',
      settings('unet', { addition_embed_type: 'text_time' }),
      'FL_MODEL_UNSUPPORTED',
      /addition_embed_type is "text_time", which Stable Diffusion XL/,
    );
    refuses(
      'a file that is cut off',
      (model) => {
        const place = path.join(model, 'vae', 'diffusion_pytorch_model.safetensors');
        writeFileSync(place, readFileSync(place).subarray(0, -1000));
      },
      'FL_CHECKPOINT_DAMAGED',
      /vae.diffusion_pytorch_model\.safetensors is no whole file of safetensors: tensor ".*" ends at byte/,
    );
    refuses(
      'a Git LFS pointer in the place of weights',
      (model) =>
        writeFileSync(
          path.join(model, 'unet', 'diffusion_pytorch_model.safetensors'),
          'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
        ),
      'FL_CHECKPOINT_DAMAGED',
      /header claims/,
    );
    refuses(
      'weights as a pickle',
      (model) =>
        renameSync(
          path.join(model, 'unet', 'diffusion_pytorch_model.safetensors'),
          path.join(model, 'unet', 'diffusion_pytorch_model.bin'),
        ),
      'FL_MODEL_NOT_A_MODEL',
      /unet.diffusion_pytorch_model\.bin holds weights as a Python pickle/,
    );
  });

  it('a missing shard is named', async () => {
    cpSync(path.join(checkpoints, 'sd2', 'unet'), folder, { recursive: true });
    unlinkSync(path.join(folder, 'diffusion_pytorch_model-00002-of-00003.safetensors'));
    await assert.rejects(readPartWeights(folder), {
      code: 'FL_CHECKPOINT_MISSING',
      message: /in 3 files, of which diffusion_pytorch_model-00002-of-00003\.safetensors is not there/,
    });
  });

  it('a variant is chosen by name, and one that is not there is refused with those that are', async () => {
    cpSync(path.join(checkpoints, 'sd2', 'unet'), folder, { recursive: true });
    cpSync(path.join(checkpoints, 'unet-fp16', 'unet'), folder, { recursive: true });
    const typeOf = async (variant?: string) => [...(await readPartWeights(folder, variant)).tensors.values()][0]!.type;
    assert.equal(await typeOf(), 'F32');
    assert.equal(await typeOf('fp16'), 'F16');
    await assert.rejects(readPartWeights(folder, 'bf16'), {
      code: 'FL_CHECKPOINT_MISSING',
      message: /no weights of the variant "bf16"; it has .*"fp16"/,
    });
  });

  it("the Hub's cache, where every file is a link to a blob beside the snapshots, is opened as it lies", async function () {
    if (process.platform === 'win32') this.skip();
    const snapshot = path.join(folder, 'models--org--tiny', 'snapshots', 'abc');
    cpSync(path.join(checkpoints, 'sd1'), snapshot, { recursive: true });
    const blobs = path.join(folder, 'models--org--tiny', 'blobs');
    cpSync(snapshot, blobs, { recursive: true, filter: (source) => source === snapshot });
    for (const [i, name] of [
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
      'text_encoder/model.safetensors',
    ].entries()) {
      renameSync(path.join(snapshot, name), path.join(blobs, `blob${i}`));
      symlinkSync(path.relative(path.dirname(path.join(snapshot, name)), path.join(blobs, `blob${i}`)), path.join(snapshot, name));
    }
    const model = await LatentDiffusionModel.fromPretrained(path.join(folder, 'models--org--tiny'), { threads: 1 });
    assert.deepEqual(
      model.networks.map(({ from }) => from),
      ['safetensors', 'safetensors', 'safetensors', 'safetensors'],
    );
    await model.release();
  });

  for (const [kind, name, reason] of [
    ['Stable Diffusion XL', 'conditioner.embedders.0.transformer.text_model.final_layer_norm.weight', /Stable Diffusion XL checkpoint/],
    ['a LoRA', 'lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight', /a LoRA: a change to a model/],
    ['Flux', 'double_blocks.0.img_attn.proj.weight', /Flux/],
    ['an autoencoder', 'decoder.conv_in.weight', /autoencoder by itself/],
    ['anything else', 'layers.0.weight', /no checkpoint of Stable Diffusion/],
  ] as const) {
    it(`a single file that is ${kind} is refused by name`, () =>
      assert.rejects(readSingleFile(file({ [name]: tensor(0, 4) }, 4)), { code: 'FL_MODEL_UNSUPPORTED', message: reason }));
  }

  it('a single file of more blocks than there are names is refused by them', () => {
    const header = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, i) => [`model.diffusion_model.input_blocks.${i}.0.op.weight`, tensor(0, 0, [0])]),
    );
    return assert.rejects(readSingleFile(file(header)), { code: 'FL_CHECKPOINT_TENSOR', message: /holds \d+ tensors that no part/ });
  });

  it('a single file without what tells its kind names what it lacks', () =>
    assert.rejects(readSingleFile(file({ 'model.diffusion_model.input_blocks.0.0.weight': tensor(0, 4, [1]) }, 4)), {
      code: 'FL_CHECKPOINT_TENSOR',
      message: /has no tensor mid_block\S*attn2\.to_k\.weight/,
    }));

  it('tensors of a single file that belong nowhere are refused by name', () => {
    const header = { 'model.diffusion_model.conv_in.weight': tensor(0, 4), 'something.else': tensor(4, 8) };
    return assert.rejects(readSingleFile(file(header, 8)), {
      code: 'FL_CHECKPOINT_TENSOR',
      message: /"model\.diffusion_model\.conv_in\.weight", "something\.else"/,
    });
  });

  it('settings are told apart: null is left out, other kinds of networks are named', () => {
    const plain = {
      block_out_channels: [8],
      down_block_types: ['DownBlock2D'],
      up_block_types: ['UpBlock2D'],
      addition_embed_type: null,
      class_embed_type: null,
    };
    assert.equal(readUNetConfig(plain, 'unet').hasMiddle, true);
    assert.throws(() => readUNetConfig({ ...plain, mid_block_type: 'UNetMidBlock2DSimpleCrossAttn' }, 'unet'), {
      code: 'FL_MODEL_UNSUPPORTED',
    });
    assert.throws(() => readUNetConfig({ ...plain, down_block_types: ['AttnDownBlock2D'] }, 'unet'), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /AttnDownBlock2D/,
    });
    assert.throws(() => readUNetConfig({ ...plain, down_block_types: ['constructor'] }, 'unet'), { code: 'FL_MODEL_UNSUPPORTED' });
  });
});
