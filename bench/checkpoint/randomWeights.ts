import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { Generator } from '../../src/pipeline/core/index.js';

/** The UNet of Stable Diffusion 1.5, as its `config.json` has it. */
const config = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [320, 640, 1280, 1280],
  layers_per_block: 2,
  cross_attention_dim: 768,
  attention_head_dim: 8,
  norm_num_groups: 32,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
};

type Shapes = [name: string, dims: number[]][];

/** Names and shapes of the tensors of `config`. */
function shapesOf({ block_out_channels: channels, layers_per_block: layers, cross_attention_dim: text }: typeof config): Shapes {
  const shapes: Shapes = [];
  const put = (name: string, ...dims: number[]) => shapes.push([`${name}.weight`, dims], [`${name}.bias`, [dims[0]!]]);
  const bare = (name: string, ...dims: number[]) => shapes.push([`${name}.weight`, dims]);
  const time = 4 * channels[0]!;
  const resnet = (name: string, from: number, to: number) => {
    put(`${name}.norm1`, from);
    put(`${name}.conv1`, to, from, 3, 3);
    put(`${name}.time_emb_proj`, to, time);
    put(`${name}.norm2`, to);
    put(`${name}.conv2`, to, to, 3, 3);
    if (from !== to) put(`${name}.conv_shortcut`, to, from, 1, 1);
  };
  const transformer = (name: string, c: number) => {
    put(`${name}.norm`, c);
    put(`${name}.proj_in`, c, c, 1, 1);
    const block = `${name}.transformer_blocks.0`;
    for (const [attention, width] of [
      ['attn1', c],
      ['attn2', text],
    ] as const) {
      bare(`${block}.${attention}.to_q`, c, c);
      bare(`${block}.${attention}.to_k`, c, width);
      bare(`${block}.${attention}.to_v`, c, width);
      put(`${block}.${attention}.to_out.0`, c, c);
    }
    for (const i of [1, 2, 3]) put(`${block}.norm${i}`, c);
    put(`${block}.ff.net.0.proj`, 8 * c, c);
    put(`${block}.ff.net.2`, c, 4 * c);
    put(`${name}.proj_out`, c, c, 1, 1);
  };
  put('time_embedding.linear_1', time, channels[0]!);
  put('time_embedding.linear_2', time, time);
  put('conv_in', channels[0]!, 4, 3, 3);
  const skips = [channels[0]!];
  let now = channels[0]!;
  for (const [level, width] of channels.entries()) {
    for (let layer = 0; layer < layers; layer++) {
      resnet(`down_blocks.${level}.resnets.${layer}`, now, width);
      if (level < 3) transformer(`down_blocks.${level}.attentions.${layer}`, width);
      skips.push((now = width));
    }
    if (level < 3) {
      put(`down_blocks.${level}.downsamplers.0.conv`, width, width, 3, 3);
      skips.push(width);
    }
  }
  for (const i of [0, 1]) resnet(`mid_block.resnets.${i}`, now, now);
  transformer('mid_block.attentions.0', now);
  for (const [up, width] of [...channels].reverse().entries()) {
    for (let layer = 0; layer <= layers; layer++) {
      resnet(`up_blocks.${up}.resnets.${layer}`, now + skips.pop()!, width);
      now = width;
      if (up > 0) transformer(`up_blocks.${up}.attentions.${layer}`, width);
    }
    if (up < 3) put(`up_blocks.${up}.upsamplers.0.conv`, width, width, 3, 3);
  }
  put('conv_norm_out', channels[0]!);
  put('conv_out', 4, channels[0]!, 3, 3);
  return shapes;
}

/** A diffusers folder of random weights in the size of Stable Diffusion 1.5's UNet. @returns its bytes. */
export function writeUNet(folder: string, type: 'F32' | 'F16'): number {
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return writeTensors(path.join(folder, 'diffusion_pytorch_model.safetensors'), shapesOf(config), type);
}

/** An AnimateDiff motion adapter of its size (v2, v3), in 32 bits: 453 million numbers. @returns its bytes. */
export function writeMotionAdapter(folder: string): number {
  const { block_out_channels: channels, layers_per_block: layers } = config;
  const shapes = channels.flatMap((width, level): Shapes => [
    ...Array.from({ length: layers }, (_, i) => motionModule(`down_blocks.${level}.motion_modules.${i}`, width)).flat(),
    ...Array.from({ length: layers + 1 }, (_, i) =>
      motionModule(`up_blocks.${channels.length - 1 - level}.motion_modules.${i}`, width),
    ).flat(),
  ]);
  shapes.push(...motionModule('mid_block.motion_modules.0', channels.at(-1)!));
  writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ _class_name: 'MotionAdapter', motion_num_attention_heads: 8, motion_max_seq_length: 32 }),
  );
  return writeTensors(path.join(folder, 'diffusion_pytorch_model.safetensors'), shapes, 'F32');
}

function motionModule(name: string, c: number): Shapes {
  const block = `${name}.transformer_blocks.0`;
  const put = (module: string, ...dims: number[]): Shapes => [
    [`${module}.weight`, dims],
    [`${module}.bias`, [dims[0]!]],
  ];
  const attention = (which: string): Shapes => [
    ...['to_q', 'to_k', 'to_v'].map((projection): Shapes[number] => [`${block}.${which}.${projection}.weight`, [c, c]]),
    ...put(`${block}.${which}.to_out.0`, c, c),
  ];
  return [
    ...put(`${name}.norm`, c),
    ...put(`${name}.proj_in`, c, c),
    ...attention('attn1'),
    ...attention('attn2'),
    ...[1, 2, 3].flatMap((i) => put(`${block}.norm${i}`, c)),
    ...put(`${block}.ff.net.0.proj`, 8 * c, c),
    ...put(`${block}.ff.net.2`, c, 4 * c),
    ...put(`${name}.proj_out`, c, c),
  ];
}

/** A LoRA of the shape of LCM-LoRA's: rank 64 over every linear and convolution, in half precision. */
export function writeLora(file: string): number {
  const shapes = shapesOf(config).flatMap(([name, [out, ...inputs]]): Shapes => {
    if (inputs.length === 0 || /^conv_|^time_embedding/.test(name)) return [];
    const layer = `lora_unet_${name.replace(/\.weight$/, '').replaceAll('.', '_')}`;
    return [
      [`${layer}.lora_down.weight`, [64, ...inputs]],
      [`${layer}.lora_up.weight`, [out!, 64, ...inputs.slice(1).map(() => 1)]],
    ];
  });
  return writeTensors(file, shapes, 'F16');
}

/** A file of random weights, scaled so that values neither vanish nor explode. */
function writeTensors(place: string, shapes: Shapes, type: 'F32' | 'F16'): number {
  const count = (dims: readonly number[]) => dims.reduce((product, length) => product * length, 1);
  const size = type === 'F32' ? 4 : 2;
  let end = 0;
  const header = Object.fromEntries(
    shapes.map(([name, dims]) => [name, { dtype: type, shape: dims, data_offsets: [end, (end += size * count(dims))] }]),
  );
  const json = JSON.stringify(header);
  const start = Buffer.alloc(8);
  const padded = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  start.writeBigUInt64LE(BigInt(padded.length));
  const file = openSync(place, 'w');
  writeSync(file, Buffer.concat([start, padded]));
  // The same normals over and over.
  const { data } = new Generator(1).randn([1 << 16]);
  for (const [name, dims] of shapes) {
    const isNorm = dims.length === 1 && name.endsWith('weight');
    const scale = dims.length === 1 ? 0.1 : count(dims.slice(1)) ** -0.5;
    const values = data.subarray(0, count(dims)).map((value) => (isNorm ? 1 : 0) + value * scale);
    const stored = type === 'F32' ? values : Float16Array.from(values);
    const bytes = Buffer.from(stored.buffer as ArrayBuffer);
    for (let left = size * count(dims); left > 0; left -= bytes.length) writeSync(file, bytes, 0, Math.min(left, bytes.length));
  }
  closeSync(file);
  return end;
}
