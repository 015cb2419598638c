import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildDenoiser } from '../../src/pipeline/checkpoints/buildNetworks.js';
import { readLoraFile } from '../../src/pipeline/checkpoints/loraFile.js';
import { readPartWeights } from '../../src/pipeline/checkpoints/partWeights.js';
import { Generator } from '../../src/pipeline/core/index.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { LORA_STRENGTHS } from '../../src/pipeline/onnx/build/loraLayers.js';
import { round } from '../overhead.js';

/** A UNet to measure, by what lies in the folder. */
export interface Measured {
  /** Folder of the UNet: `F32` or `F16`. */
  readonly unet: string;
  /** Folder of a motion adapter; the UNet then sees clips. */
  readonly motion?: string;
  /** File of a LoRA. */
  readonly lora?: string;
  /** Side of the latents. */
  readonly side: number;
  /** Frames of a call. */
  readonly frames: number;
}

/** Memory that is the process's own, and pages of files that it has mapped, GB; Linux only. */
function memory(): { ownGB: number; mappedGB: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const read = (key: string) => round(Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1e6);
  return { ownGB: read('RssAnon'), mappedGB: read('RssFile') };
}

const cpuSeconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;

async function networkFiles(folder: string) {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object as Record<string, unknown>;
  return { config, weights: await readPartWeights(folder) };
}

async function load({ unet, motion, lora }: Measured) {
  const [started, used] = [performance.now(), cpuSeconds()];
  const adapter = motion === undefined ? undefined : await networkFiles(motion);
  const built = buildDenoiser(await networkFiles(unet), adapter, lora === undefined ? [] : [await readLoraFile(lora)]);
  const builtSeconds = round((performance.now() - started) / 1000);
  const graph = await Graph.loadBuilt(built, { threads: 2 });
  await graph.makeResident();
  const seconds = {
    builtSeconds,
    builtAndLoadedSeconds: round((performance.now() - started) / 1000),
    loadCpuSeconds: round(cpuSeconds() - used),
  };
  return { graph, ...seconds };
}

/** One call. @returns its seconds, wall and processor. */
async function call(graph: Graph, { side, frames, motion, lora }: Measured) {
  const noise = new Generator(2);
  const dims = motion === undefined ? [frames, 4, side, side] : [1, 4, frames, side, side];
  const [wall, used] = [performance.now(), cpuSeconds()];
  const { out_sample: output } = await graph.run({
    sample: noise.randn(dims),
    timestep: { data: [500], dims: [1] },
    encoder_hidden_states: noise.randn([motion === undefined ? 1 : frames, 77, 768]),
    ...(lora === undefined ? {} : { [LORA_STRENGTHS]: { data: [0.1], dims: [1] } }),
  });
  if (output!.countNotFinite() > 0) throw new Error('The UNet gives values that are not finite.');
  return { wall: round((performance.now() - wall) / 1000), cpu: round(cpuSeconds() - used) };
}

/** Built, loaded and called twice: seconds and memory. */
async function alone(network: Measured): Promise<object> {
  const before = memory();
  const { graph, ...seconds } = await load(network);
  const loaded = memory();
  const calls = [await call(graph, network), await call(graph, network)];
  const running = memory();
  await graph.release();
  return {
    ...seconds,
    ownLoadedGB: round(loaded.ownGB - before.ownGB),
    ownRunningGB: round(running.ownGB - before.ownGB),
    mappedGB: running.mappedGB,
    calls,
  };
}

/** Two of them in turn, so that others on the machine disturb both alike. @returns calls of both; the first of each, which reads the weights, left out. */
async function inTurn(first: Measured, second: Measured, rounds: number): Promise<object> {
  const [a, b] = [await load(first), await load(second)];
  const calls: { wall: number; cpu: number }[][] = [[], []];
  for (let i = 0; i <= rounds; i++) {
    for (const [which, graph, network] of [
      [0, a.graph, first],
      [1, b.graph, second],
    ] as const) {
      const seconds = await call(graph, network);
      if (i > 0) calls[which]!.push(seconds);
    }
  }
  const least = (of: { cpu: number }[]) => Math.min(...of.map(({ cpu }) => cpu));
  const perFrame = (network: Measured, of: { cpu: number }[]) => least(of) / network.frames;
  return { first: calls[0], second: calls[1], ratioOfCpuSecondsAFrame: round(perFrame(second, calls[1]!) / perFrame(first, calls[0]!)) };
}

async function main([, , what, ...networks]: readonly string[]): Promise<void> {
  const [first, second] = networks.map((json) => JSON.parse(json) as Measured);
  if (!first || !existsSync(first.unet)) throw new Error('Names what to measure: alone NETWORK, or inTurn NETWORK NETWORK, each as JSON.');
  console.log(
    JSON.stringify(
      what === 'alone' || !second ? await alone(first) : await inTurn(first, second, Number(process.env.FRAMELOOM_BENCH_ROUNDS ?? 3)),
    ),
  );
}

if (process.argv[1] === __filename) void main(process.argv);
