import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildDenoiser, buildTextEncoder, buildVae } from '../src/pipeline/checkpoints/buildNetworks.js';
import { readPartWeights } from '../src/pipeline/checkpoints/partWeights.js';
import { createFrame, Generator } from '../src/pipeline/core/index.js';
import { Graph } from '../src/pipeline/networks/graph.js';
import type { BuiltModel } from '../src/pipeline/onnx/index.js';
import { LatentDiffusionModel } from '../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../src/pipeline/video/index.js';
import { Contestant, inTurn } from './contestant.js';
import { round } from './overhead.js';
import { serve } from './ratios.js';

/*
 * Needs Python with torch and diffusers (FRAMELOOM_PYTHON names it), 15 GB of temporary space and 8 GB of memory. FRAMELOOM_BENCH_FOLDER names a folder in which the
 * weights are kept for the next time. FRAMELOOM_BENCH_BLOCKS=2 makes two of the transformer's thirty blocks, FRAMELOOM_BENCH_LAYERS=2 two of UMT5's twenty-four layers;
 * FRAMELOOM_BENCH_CLIP is the clip, frames, height, width (17,272,480), FRAMELOOM_BENCH_DECODED what both autoencoders decode at once (9,136,240), and
 * FRAMELOOM_BENCH_PARTS some of transformer, text, decoder, edit. Everything compared runs in turn, each in a process of its own, with 2 threads.
 */

const python = process.env.FRAMELOOM_PYTHON ?? 'python3';
const script = path.join(__dirname, 'torch', 'wan.py');
const sizeOf = (given: string) => given.split(',').map(Number) as [frames: number, height: number, width: number];
const clip = sizeOf(process.env.FRAMELOOM_BENCH_CLIP ?? '17,272,480');
const decoded = sizeOf(process.env.FRAMELOOM_BENCH_DECODED ?? '9,136,240');
const rounds = Number(process.env.FRAMELOOM_BENCH_ROUNDS ?? 2);
const parts = (process.env.FRAMELOOM_BENCH_PARTS ?? 'transformer,text,decoder,edit').split(',');

/** Latent frames, height and width of a clip. */
const latent = ([frames, height, width]: readonly [number, number, number]) => [(frames - 1) / 4 + 1, height / 8, width / 8] as const;

async function filesOf(folder: string) {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  return { config, weights: await readPartWeights(folder) };
}

/** One network as a process, as runs have it: weights in their files, memory given back after each call. */
async function serveNetwork(build: () => Promise<BuiltModel>, feeds: Parameters<Graph['run']>[0]): Promise<void> {
  const [wall, before] = [performance.now(), process.cpuUsage()];
  const graph = await Graph.loadBuilt(await build(), { threads: 2, memory: 'least' });
  await graph.makeResident();
  const { user, system } = process.cpuUsage(before);
  await serve({ loadSeconds: round((performance.now() - wall) / 1000), loadCpu: (user + system) / 1e6 }, () => graph.run(feeds));
}

async function serveTransformer(folder: string): Promise<void> {
  const noise = new Generator(1);
  await serveNetwork(async () => buildDenoiser(await filesOf(path.join(folder, 'transformer')), undefined, []), {
    hidden_states: noise.randn([1, 16, ...latent(clip)]),
    timestep: { data: [500], dims: [1] },
    encoder_hidden_states: noise.randn([1, 512, 4096]),
  });
}

/** A prompt of 64 tokens. */
async function serveText(folder: string): Promise<void> {
  const ids = Array.from({ length: 64 }, (_, i) => 100 + 31 * i);
  await serveNetwork(async () => buildTextEncoder(await filesOf(path.join(folder, 'text_encoder')), []), {
    input_ids: { data: ids, dims: [1, ids.length] },
  });
}

async function serveDecoder(folder: string): Promise<void> {
  await serveNetwork(async () => buildVae(await filesOf(path.join(folder, 'vae'))).decoder, {
    latent_sample: new Generator(1).randn([1, 16, ...latent(decoded)]),
  });
}

/** A whole edit of four steps: noise the clip, denoise. */
async function serveEdit(folder: string): Promise<void> {
  const [frames, height, width] = clip;
  const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 2 });
  const source = await Video.fromFrames(
    Array.from({ length: frames }, () => createFrame(width, height)),
    { fps: 16 },
  );
  const needs = model.needsOf({ width, height, frames });
  await serve({ toldGB: round(needs.runningBytes / 1e9) }, async () => {
    const size = { width, height };
    const settings = { method: 'sdedit', strength: 1, numInferenceSteps: 4, guidanceScale: 1, seed: 1 } as const;
    const edited = await model.editVideo(source, 'a red balloon', { ...size, ...settings, onNotice: () => undefined });
    await edited.close();
  });
}

const servers = { transformer: serveTransformer, text: serveText, decoder: serveDecoder, edit: serveEdit };
const own = (what: keyof typeof servers, folder: string) =>
  new Contestant(what, [process.execPath, '--import=tsx', __filename, what, folder]);
const torch = (what: string, folder: string, size: readonly number[]) =>
  new Contestant('torch', [python, script, what, folder, ...size.map(String)]);

/**
 * Wan 2.1 T2V-1.3B at its full size with random weights, beside PyTorch. Goals: a call of the transformer from a bfloat16 file no slower than PyTorch's in float32, in
 * 0.6 GB of its own, loaded in 3 s; a prompt through UMT5-xxl in 0.9 GB and a fifth of a call; decoding 0.8 of PyTorch's time; a whole edit of four steps in 2.5 GB.
 */
export async function videoTransformers(): Promise<object> {
  const probe = spawnSync(python, ['-c', 'import torch, diffusers'], { encoding: 'utf8' });
  if (probe.status !== 0) return { skipped: `Python with torch and diffusers is not here (${python}; FRAMELOOM_PYTHON names another).` };
  const kept = process.env.FRAMELOOM_BENCH_FOLDER;
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  try {
    if (!existsSync(path.join(folder, 'model_index.json'))) {
      const { FRAMELOOM_BENCH_BLOCKS: blocks = '30', FRAMELOOM_BENCH_LAYERS: layers = '24' } = process.env;
      const { status, stderr } = spawnSync(python, [script, 'weights', folder, blocks, layers], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    }
    const compared = {
      transformer: () => [own('transformer', folder), torch('transformer', folder, latent(clip))],
      text: () => [own('text', folder)],
      decoder: () => [own('decoder', folder), torch('decoder', folder, latent(decoded))],
      edit: () => [own('edit', folder)],
    };
    const results: Record<string, Record<string, Record<string, unknown>>> = {};
    for (const [part, contestants] of Object.entries(compared)) {
      if (!parts.includes(part)) continue;
      results[part] = await inTurn(contestants(), part === 'edit' ? 0 : rounds);
      console.error(part, results[part]);
    }
    const ratio = (part: string) => round(Number(results[part]?.[part]?.cpu) / Number(results[part]?.torch?.cpu));
    return { clip, decoded, results, ratios: { callToTorch: ratio('transformer'), decodeToTorch: ratio('decoder') } };
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

const [, , what, place] = process.argv;
if (process.argv[1] === __filename && what! in servers) void servers[what as keyof typeof servers](place!);
