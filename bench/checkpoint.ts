import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import { buildDenoiser } from '../src/pipeline/checkpoints/buildNetworks.js';
import { readLoraFile } from '../src/pipeline/checkpoints/loraFile.js';
import { readPartWeights } from '../src/pipeline/checkpoints/partWeights.js';
import { Generator } from '../src/pipeline/core/index.js';
import { Graph } from '../src/pipeline/networks/graph.js';
import { LORA_STRENGTHS } from '../src/pipeline/onnx/build/loraLayers.js';
import { round } from './overhead.js';

/*
 * Needs 4 GB of temporary space and some minutes. Each measurement has a process of its own. CPU seconds say more than wall seconds where others use the
 * machine too.
 */

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

/** Name of the LoRA's file, beside the weights. */
const LORA = 'lora.safetensors';

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

/** A diffusers folder of random weights. @returns its bytes. */
function writeFolder(folder: string, type: 'F32' | 'F16'): number {
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return writeTensors(path.join(folder, 'diffusion_pytorch_model.safetensors'), shapesOf(config), type);
}

/** A LoRA of the shape of LCM-LoRA's: rank 64 over every linear and convolution, in half precision. */
function writeLora(file: string): number {
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

/** Memory that is the process's own, and pages of files that it has mapped, GB; Linux only. */
function memory(): { ownGB: number; mappedGB: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const read = (key: string) => round(Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1e6);
  return { ownGB: read('RssAnon'), mappedGB: read('RssFile') };
}

/** Builds, loads and calls, in a process of its own. */
async function measure(folder: string, side: number, lora: string | undefined): Promise<object> {
  const cpu = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
  const before = memory();
  const started = performance.now();
  const built = buildDenoiser(
    {
      config: JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object as Record<string, unknown>,
      weights: await readPartWeights(folder),
    },
    undefined,
    lora === undefined ? [] : [await readLoraFile(lora)],
  );
  const builtSeconds = (performance.now() - started) / 1000;
  const graph = await Graph.loadBuilt(built, { threads: 2 });
  const loadSeconds = (performance.now() - started) / 1000;
  const loaded = memory();
  const noise = new Generator(2);
  const calls: { wall: number; cpu: number }[] = [];
  let finite = true;
  for (let call = 0; call < 2; call++) {
    const [wall, used] = [performance.now(), cpu()];
    const { out_sample: output } = await graph.run({
      sample: noise.randn([1, 4, side, side]),
      timestep: { data: [500], dims: [1] },
      encoder_hidden_states: noise.randn([1, 77, 768]),
      ...(lora === undefined ? {} : { [LORA_STRENGTHS]: { data: [0.1], dims: [1] } }),
    });
    calls.push({ wall: round((performance.now() - wall) / 1000), cpu: round(cpu() - used) });
    finite &&= output!.countNotFinite() === 0;
  }
  const afterCalls = memory();
  await graph.release();
  return {
    graphKB: Math.round(built.bytes.length / 1000),
    builtSeconds: round(builtSeconds),
    builtAndLoadedSeconds: round(loadSeconds),
    before,
    loaded,
    afterCalls,
    calls,
    finite,
  };
}

/**
 * A UNet of Stable Diffusion 1.5's size, built and loaded from a checkpoint of 32 and of 16 bits: seconds until it is there, a call, memory. Goals: built and
 * loaded in 0.6 s, 0.1 GB of its own when loaded and 0.4 while running with 32 bits, 0.9 with 16; a call with a LoRA 1.12 times as long as without.
 */
export function checkpoint(): Promise<object> {
  const results = (['F32', 'F16'] as const).map((type) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
    try {
      const gigabytes = round(writeFolder(folder, type) / 1e9);
      writeLora(path.join(folder, LORA));
      const result = { gigabytes, ...measured(folder), lora: measured(folder, LORA) };
      console.error(type, result);
      return [type, result] as const;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return Promise.resolve(Object.fromEntries(results));
}

/** Measures in a process of its own. @param lora name of a file in the folder. */
function measured(folder: string, ...lora: string[]): object {
  const side = process.env.FRAMELOOM_BENCH_SIDE ?? '64';
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import=tsx', __filename, folder, side, ...lora], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as object;
}

async function inOwnProcess(folder: string, side: string, lora: string | undefined): Promise<void> {
  console.log(JSON.stringify(await measure(folder, Number(side), lora === undefined ? undefined : path.join(folder, lora))));
}

if (process.argv[1] === __filename) void inOwnProcess(process.argv[2]!, process.argv[3]!, process.argv[4]);
