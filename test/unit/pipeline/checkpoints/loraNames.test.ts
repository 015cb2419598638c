import assert from 'node:assert/strict';
import { layersByName, readLoraName } from '../../../../src/pipeline/checkpoints/loraNames.js';

const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';
const flat = attention.replaceAll('.', '_');
const text = 'text_model.encoder.layers.3.self_attn';
const flatText = text.replaceAll('.', '_');

describe("LoRAs' names", () => {
  const reads = (name: string, part: 'unet' | 'text_encoder', layer: string, role: 'down' | 'up' | 'alpha') =>
    it(name, () => assert.deepEqual(readLoraName(name), { part, layer, role }));

  describe('are read in every spelling:', () => {
    reads(`lora_unet_${flat}_to_q.lora_down.weight`, 'unet', `${flat}_to_q`, 'down');
    reads(`lora_unet_${flat}_to_out_0.alpha`, 'unet', `${flat}_to_out_0`, 'alpha');
    reads(`lora_te_${flatText}_q_proj.lora_up.weight`, 'text_encoder', `${flatText}_q_proj`, 'up');
    reads(`unet.${attention}.to_q.lora_A.weight`, 'unet', `${flat}_to_q`, 'down');
    reads(`unet.${attention}.to_q.lora_B.default.weight`, 'unet', `${flat}_to_q`, 'up');
    reads(`base_model.model.${attention}.to_q.lora_A.weight`, 'unet', `${flat}_to_q`, 'down');
    reads(`base_model.model.${text}.q_proj.lora_B.weight`, 'text_encoder', `${flatText}_q_proj`, 'up');
    reads(`unet.${attention}.to_q.lora.down.weight`, 'unet', `${flat}_to_q`, 'down');
    reads(`unet.${attention}.processor.to_out_lora.up.weight`, 'unet', `${flat}_to_out_0`, 'up');
    reads(`${attention}.processor.to_k_lora.down.weight`, 'unet', `${flat}_to_k`, 'down');
    reads(`text_encoder.${text}.to_out_lora.down.weight`, 'text_encoder', `${flatText}_out_proj`, 'down');
    reads(`text_encoder.${text}.to_v_lora.up.weight`, 'text_encoder', `${flatText}_v_proj`, 'up');
    reads(`text_encoder.${text}.q_proj.lora_linear_layer.up.weight`, 'text_encoder', `${flatText}_q_proj`, 'up');
    reads(
      'diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_A.weight',
      'unet',
      'input_blocks_1_1_transformer_blocks_0_attn1_to_q',
      'down',
    );
    reads(
      'down_blocks.0.motion_modules.1.temporal_transformer.transformer_blocks.0.attention_blocks.1.processor.to_q_lora.up.weight',
      'unet',
      'down_blocks_0_motion_modules_1_transformer_blocks_0_attn2_to_q',
      'up',
    );
  });

  it('of other tensors are none', () => {
    for (const name of ['model.diffusion_model.out.2.weight', 'emb_params', 'lora_unet_conv_in.weight'])
      assert.equal(readLoraName(name), undefined);
  });

  it('find no layer where there are rows of words, which a LoRA cannot be added to', () => {
    const tensors = ['text_model.embeddings.token_embedding.weight', 'embeddings.position_embedding.weight', 'text_projection.weight'];
    assert.deepEqual([...layersByName('text_encoder', tensors)], []);
  });

  it("find a network's layers, in CompVis' spelling too, and the text encoder's with or without its prefix", () => {
    const tensors = [
      ...['conv1', 'conv2', 'time_emb_proj'].map((layer) => `down_blocks.0.resnets.0.${layer}.weight`),
      `${attention}.to_q.weight`,
      `${attention}.to_q.bias`,
      'down_blocks.0.attentions.0.proj_in.weight',
    ];
    const unet = layersByName('unet', tensors);
    assert.equal(unet.get(`${flat}_to_q`), `${attention}.to_q`);
    assert.equal(unet.get('input_blocks_1_1_transformer_blocks_0_attn1_to_q'), `${attention}.to_q`);
    assert.equal(unet.get('input_blocks_1_0_emb_layers_1'), 'down_blocks.0.resnets.0.time_emb_proj');
    for (const prefix of ['', 'text_model.']) {
      const path = `${prefix}encoder.layers.3.self_attn.q_proj`;
      assert.equal(layersByName('text_encoder', [`${path}.weight`]).get(`${flatText}_q_proj`), path);
    }
  });
});
