import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildDenoiser } from '../src/pipeline/checkpoints/buildNetworks.js';
import { readPartWeights } from '../src/pipeline/checkpoints/partWeights.js';
import { createFrame, Generator } from '../src/pipeline/core/index.js';
import { Graph } from '../src/pipeline/networks/graph.js';
import type { MemoryChoice } from '../src/pipeline/networks/sessionSettings.js';
import { LatentDiffusionModel } from '../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../src/pipeline/video/index.js';
import { Contestant, inTurn, type Measured } from './contestant.js';
import { round } from './overhead.js';

/*
 * Needs Python with torch, diffusers and onnx (FRAMELOOM_PYTHON names it), 12 GB of temporary space and as much memory; FRAMELOOM_BENCH_WIDTH=160 makes models
 * of half the width, a quarter of that. Everything compared runs in turn, each in a process of its own, with 2 threads: CPU seconds say more than wall seconds
 * where others use the machine too.
 */

const python = process.env.FRAMELOOM_PYTHON ?? 'python3';
const script = path.join(__dirname, 'torch', 'reference.py');
const width = Number(process.env.FRAMELOOM_BENCH_WIDTH ?? 320);
const side = Number(process.env.FRAMELOOM_BENCH_SIDE ?? 64);
const rounds = Number(process.env.FRAMELOOM_BENCH_ROUNDS ?? 3);

/** Answers every line of stdin with what `work` took. @param facts what the first line says. */
export async function serve(facts: object, work: () => Promise<unknown>): Promise<void> {
  console.log(JSON.stringify(facts));
  const asked = createInterface({ input: createReadStream('', { fd: 0 }) })[Symbol.asyncIterator]();
  while (!(await asked.next()).done) {
    const [wall, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    const status = readFileSync('/proc/self/status', 'utf8');
    const read = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1e6;
    const measured: Measured = {
      wall: (performance.now() - wall) / 1000,
      cpu: (user + system) / 1e6,
      peakGB: read('VmHWM'),
      ownGB: read('RssAnon'),
    };
    console.log(JSON.stringify(measured));
  }
}

/** A UNet, ours or an export, as a process. @param place a folder of diffusers, or an ONNX file. @param memory as {@link RuntimeOptions.memory}. */
async function serveUNet(place: string, memory?: MemoryChoice): Promise<void> {
  const [wall, before] = [performance.now(), process.cpuUsage()];
  const graph = place.endsWith('.onnx')
    ? await Graph.load(place, { threads: 2, memory })
    : await Graph.loadBuilt(
        buildDenoiser(
          {
            config: JSON.parse(readFileSync(path.join(place, 'config.json'), 'utf8')) as Record<string, unknown>,
            weights: await readPartWeights(place),
          },
          undefined,
          [],
        ),
        { threads: 2, memory },
      );
  await graph.makeResident();
  const loadSeconds = (performance.now() - wall) / 1000;
  const { user, system } = process.cpuUsage(before);
  const noise = new Generator(1);
  const feeds = {
    sample: noise.randn([1, 4, side, side]),
    timestep: { data: [500], dims: [1] },
    encoder_hidden_states: noise.randn([1, 77, 768]),
  };
  await serve({ loadSeconds, loadCpu: (user + system) / 1e6 }, () => graph.run(feeds));
}

/** A whole edit: AnimateDiff's motion modules are in the folder. */
async function serveEdit(folder: string, frames: number, pixels: number, steps: number): Promise<void> {
  const model = await LatentDiffusionModel.fromPretrained(folder, {
    threads: 2,
    tokenizer: path.join(__dirname, '..', 'models', 'clip-tokenizer'),
  });
  const clip = await Video.fromFrames(
    Array.from({ length: frames }, () => createFrame(pixels, pixels)),
    { fps: 8 },
  );
  await serve({}, async () => {
    const edited = await model.editVideo(clip, 'a red balloon', {
      method: 'sdedit',
      strength: 1,
      numInferenceSteps: steps,
      guidanceScale: 7.5,
      width: pixels,
      height: pixels,
      seed: 1,
      onNotice: () => undefined,
    });
    await edited.close();
  });
}

const pythonProcess = (name: string, ...args: (string | number)[]) => new Contestant(name, [python, script, ...args.map(String)]);
const ownProcess = (name: string, ...args: (string | number)[]) =>
  new Contestant(name, [process.execPath, '--import=tsx', __filename, ...args.map(String)]);

/**
 * What a UNet of Stable Diffusion 1.5's size takes beside PyTorch, plain and channels_last, and beside its ordinary export through the same runtime; and a whole
 * edit with AnimateDiff beside diffusers'. Goals: a call 0.70 of PyTorch's, 0.77 of channels_last's, 0.9 of the export's, which takes ten times as long to load and five
 * times the memory; an edit 0.85 of diffusers', with 0.35 of its memory.
 */
export async function ratios(): Promise<object> {
  const probe = spawnSync(python, ['-c', 'import torch, diffusers, onnx'], { encoding: 'utf8' });
  if (probe.status !== 0)
    return {
      skipped: `Python with torch, diffusers and onnx is not here (${python}; FRAMELOOM_PYTHON names another), so there is nothing to compare with.`,
    };
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  try {
    const exported = path.join(folder, 'export', 'model.onnx');
    mkdirSync(path.dirname(exported));
    prepare('weights', folder, String(width));
    const unet = path.join(folder, 'unet');
    const torch = await inTurn(
      [
        ownProcess('ours', 'unet', unet),
        ownProcess('ours, weights copied', 'unet', unet, 'speed'),
        pythonProcess('torch', 'call', folder, 'plain', side),
        pythonProcess('channels_last', 'call', folder, 'channels_last', side),
      ],
      rounds,
    );
    console.error(torch);
    const cpp = await besideCpp(folder, unet);
    console.error(cpp);
    prepare('export', folder, exported);
    const runtime = await inTurn([ownProcess('ours', 'unet', unet), ownProcess('export', 'unet', exported)], rounds);
    console.error(runtime);
    const [frames, pixels, steps] = (process.env.FRAMELOOM_BENCH_EDIT ?? '8,256,4').split(',').map(Number) as [number, number, number];
    const edit = await inTurn(
      [ownProcess('ours', 'edit', folder, frames, pixels, steps), pythonProcess('diffusers', 'edit', folder, frames, pixels, steps)],
      0,
    );
    const of = (from: typeof torch, name: string, key: string) => round(Number(from.ours![key]) / Number(from[name]![key]));
    return {
      width,
      torch,
      cpp,
      runtime,
      edit,
      ratios: {
        callToTorch: of(torch, 'torch', 'cpu'),
        callToChannelsLast: of(torch, 'channels_last', 'cpu'),
        ...('ours' in cpp
          ? { callToCpp: of(cpp, 'stable-diffusion.cpp', 'cpu'), callToCppFlash: of(cpp, 'stable-diffusion.cpp, flash attention', 'cpu') }
          : {}),
        callToExport: of(runtime, 'export', 'cpu'),
        loadToExport: of(runtime, 'export', 'loadCpu'),
        ownMemoryToExport: of(runtime, 'export', 'ownGB'),
        peakToExport: of(runtime, 'export', 'peakGB'),
        editToDiffusers: of(edit, 'diffusers', 'cpu'),
        editPeakToDiffusers: of(edit, 'diffusers', 'peakGB'),
        editOwnMemoryToDiffusers: of(edit, 'diffusers', 'mostOwnGB'),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The UNet beside stable-diffusion.cpp's, plain and with flash attention; what is missing where its package is not installed. */
async function besideCpp(folder: string, unet: string): Promise<Awaited<ReturnType<typeof inTurn>>> {
  if (spawnSync(python, ['-c', 'import stable_diffusion_cpp']).status !== 0)
    return { skipped: { reason: 'stable-diffusion-cpp-python is not installed; pip compiles it in half an hour of one core.' } };
  return inTurn(
    [
      ownProcess('ours', 'unet', unet),
      pythonProcess('stable-diffusion.cpp', 'cpp', folder, side * 8, 'plain'),
      pythonProcess('stable-diffusion.cpp, flash attention', 'cpp', folder, side * 8, 'flash'),
    ],
    rounds,
  );
}

function prepare(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(python, [script, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

const [, , what, place, ...numbers] = process.argv;
if (process.argv[1] === __filename && what === 'unet') void serveUNet(place!, numbers[0] as MemoryChoice | undefined);
if (process.argv[1] === __filename && what === 'edit') void serveEdit(place!, ...(numbers.map(Number) as [number, number, number]));
