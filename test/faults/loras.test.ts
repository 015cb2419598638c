import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readLoraFile } from '../../src/pipeline/checkpoints/loraFile.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';

const parity = path.join(__dirname, '..', 'parity');
const sd1 = path.join(parity, 'checkpoints', 'sd1');
const detail = path.join(parity, 'loras', 'detail.safetensors');

describe('LoRAs of strangers', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-lora-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A file with float32 tensors of these shapes, all of one value. */
  function lora(shapes: Readonly<Record<string, readonly number[]>>, { value = 0, metadata = {}, name = 'lora.safetensors' } = {}): string {
    let end = 0;
    const entries = Object.entries(shapes).map(([tensor, shape]) => {
      const begin = end;
      end += 4 * shape.reduce((product, length) => product * length, 1);
      return [tensor, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    });
    const header = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const place = path.join(folder, name);
    writeFileSync(place, Buffer.concat([length, header, Buffer.from(new Float32Array(end / 4).fill(value).buffer)]));
    return place;
  }

  const layer = 'lora_unet_mid_block_attentions_0_proj_in';
  const halves = { [`${layer}.lora_down.weight`]: [2, 16, 1, 1], [`${layer}.lora_up.weight`]: [16, 2, 1, 1] };

  describe('other ways to change a model are refused by name:', () => {
    const refuses = (kind: RegExp, tensor: string) =>
      it(String(kind), () => assert.rejects(readLoraFile(lora({ ...halves, [tensor]: [1] })), { code: 'FL_LORA_KIND', message: kind }));

    refuses(/LoHa/, `${layer}.hada_w1_a`);
    refuses(/LoKr/, `${layer}.lokr_w1`);
    refuses(/DoRA/, `${layer}.dora_scale`);
    refuses(/DoRA/, 'unet.mid_block.attentions.0.proj_in.lora_magnitude_vector');
    refuses(/CP decomposition/, `${layer}.lora_mid.weight`);
    refuses(/OFT/, 'oft_unet_mid_block_attentions_0_proj_in.oft_blocks');
    refuses(/Stable Diffusion XL/, 'lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight');
    refuses(/diffusion transformer/, 'transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight');
  });

  it('full differences alone, without a change of low rank', () =>
    assert.rejects(readLoraFile(lora({ [`${layer}.diff`]: [16, 16, 1, 1], [`${layer}.diff_b`]: [16] })), {
      code: 'FL_LORA_KIND',
      message: /full differences/,
    }));

  it('a DoRA is known by its settings too', () =>
    assert.rejects(readLoraFile(lora(halves, { metadata: { lora_adapter_metadata: '{"unet.use_dora": true}' } })), {
      code: 'FL_LORA_KIND',
    }));

  it('one half without the other, a tensor of something else, and an alpha that is no number are named', async () => {
    await assert.rejects(readLoraFile(lora({ [`${layer}.lora_down.weight`]: [2, 16] })), {
      code: 'FL_LORA_TENSOR',
      message: /mid_block_attentions_0_proj_in/,
    });
    await assert.rejects(readLoraFile(lora({ ...halves, 'emb.weight': [4] })), { code: 'FL_LORA_TENSOR', message: /"emb\.weight"/ });
    await assert.rejects(readLoraFile(lora({ ...halves, [`${layer}.alpha`]: [] }, { value: NaN })), {
      code: 'FL_LORA_TENSOR',
      message: /alpha/,
    });
    await assert.rejects(readLoraFile(lora({ ...halves, [`${layer}.alpha`]: [3] })), { code: 'FL_LORA_TENSOR', message: /alpha/ });
    for (const alpha of ['"8"', '{"toString":1,"valueOf":1}', '[8]', '1e999'])
      await assert.rejects(readLoraFile(lora(halves, { metadata: { lora_adapter_metadata: `{"unet.lora_alpha":${alpha}}` } })), {
        code: 'FL_LORA_TENSOR',
        message: /alpha/,
      });
    await assert.rejects(readLoraFile(lora({ [`${layer}.lora_down.weight`]: [0, 16], [`${layer}.lora_up.weight`]: [16, 0] })), {
      code: 'FL_LORA_TENSOR',
      message: /proj_in has no rank/,
    });
    await assert.rejects(readLoraFile(lora(halves, { metadata: { lora_adapter_metadata: '[' } })), {
      code: 'FL_LORA_TENSOR',
      message: /JSON/,
    });
  });

  it("the scale is the file's alpha, else what PEFT wrote down, else 1", async () => {
    const scaleOf = async (file: string) => [...(await readLoraFile(file)).parts.unet.values()][0]!.scale;
    assert.equal(await scaleOf(lora(halves)), 1);
    assert.equal(await scaleOf(lora({ ...halves, [`${layer}.alpha`]: [] }, { value: 3 })), 1.5);
    const settings = { 'unet.lora_alpha': 8, 'unet.alpha_pattern': { proj_in: 6 }, 'text_encoder.lora_alpha': 100 };
    assert.equal(await scaleOf(lora(halves, { metadata: { lora_adapter_metadata: JSON.stringify(settings) } })), 3);
    const peft = lora(halves, { name: 'adapter_model.safetensors' });
    writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify({ lora_alpha: 8, use_rslora: true }));
    assert.equal(await scaleOf(peft), 8 / Math.SQRT2);
    rmSync(path.join(folder, 'adapter_config.json'));
    mkdirSync(path.join(folder, 'adapter_config.json'));
    await assert.rejects(scaleOf(peft), { code: 'FL_CHECKPOINT_FILE', message: /adapter_config\.json is a folder/ });
  });

  it('what is not there, is a pickle, or one of several files, is refused with what to give', async () => {
    await assert.rejects(readLoraFile(path.join(folder, 'no.safetensors')), { code: 'FL_LORA_FILE', message: /no LoRA at/ });
    writeFileSync(path.join(folder, 'style.pt'), 'x');
    await assert.rejects(readLoraFile(path.join(folder, 'style.pt')), { code: 'FL_LORA_FILE', message: /pickles/ });
    await assert.rejects(readLoraFile(folder), { code: 'FL_LORA_FILE', message: /holds no LoRA/ });
    for (const name of ['a.safetensors', 'b.safetensors']) copyFileSync(detail, path.join(folder, name));
    await assert.rejects(readLoraFile(folder), { code: 'FL_LORA_FILE', message: /a\.safetensors, b\.safetensors/ });
  });

  describe('a model refuses, before its weights are read,', () => {
    const load = (file: string, model = sd1) => LatentDiffusionModel.fromPretrained(model, { threads: 1, loras: [{ path: file }] });

    it('a LoRA for layers that it has not', async () => {
      const file = lora({ 'lora_unet_up_blocks_9_conv.lora_down.weight': [2, 8], 'lora_unet_up_blocks_9_conv.lora_up.weight': [8, 2] });
      await assert.rejects(load(file), { code: 'FL_LORA_MODEL', message: /up_blocks_9_conv/ });
    });

    it('a LoRA for layers of another width, or for what is no layer', async () => {
      const wide = lora({ [`${layer}.lora_down.weight`]: [2, 32], [`${layer}.lora_up.weight`]: [32, 2] });
      await assert.rejects(load(wide), {
        code: 'FL_LORA_MODEL',
        message: /mid_block\.attentions\.0\.proj_in .*\[2, 32\].*\[16, 16, 1, 1\]/,
      });
      const norm = lora({ 'lora_unet_conv_norm_out.lora_down.weight': [1, 1], 'lora_unet_conv_norm_out.lora_up.weight': [8, 1] });
      await assert.rejects(load(norm), { code: 'FL_LORA_MODEL', message: /conv_norm_out/ });
    });

    it("a camera's LoRA without motion modules, and says what is missing", async () => {
      const name = 'unet.down_blocks.0.motion_modules.0.transformer_blocks.0.attn1.to_q';
      await assert.rejects(load(lora({ [`${name}.lora_A.weight`]: [2, 8], [`${name}.lora_B.weight`]: [8, 2] })), {
        code: 'FL_LORA_MODEL',
        message: /motionAdapter/,
      });
    });

    it('LoRAs over an ONNX export', () =>
      assert.rejects(load(detail, path.join(parity, 'tiny-sd')), { code: 'FL_LORA_MODEL', message: /ONNX export/ }));

    it('two LoRAs of one name, and options that are none', async () => {
      mkdirSync(path.join(folder, 'other'));
      const same = path.join(folder, 'other', 'detail.safetensors');
      writeFileSync(same, readFileSync(detail));
      const loras = (given: unknown) => LatentDiffusionModel.fromPretrained(sd1, { loras: given as [] });
      await assert.rejects(loras([{ path: detail }, { path: same }]), { code: 'FL_ARGUMENT', message: /names that differ/ });
      for (const given of [
        'style.safetensors',
        [{ path: detail, weight: '1' }],
        [{ file: detail }],
        [{ path: detail, weight: 11 }],
        [{ path: '' }],
        [{ path: 'a\0b' }],
      ])
        await assert.rejects(loras(given), { code: 'FL_ARGUMENT', message: /loras/ });
    });
  });
});
