import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LatentDiffusionModel, Run, Video } from '../../../src/index.js';
import { readNotebook, writeNotebook } from '../../../src/kernelHost/notebook/index.js';
import { checkPayload, isOurMime } from '../../../src/webview/renderer/checkPayload.js';
import { ffmpeg } from '../../unit/webview/rig/numberedClip.js';
import type { Chance } from './chance.js';
import { mutateFile } from './mutations.js';

const root = path.resolve(__dirname, '..', '..', '..');
const tiny = path.join(root, 'test', 'parity', 'tiny-sd');
const embedded = path.join(root, 'models', 'motion-stickers');

/** Something that people hand over, made wrong and then used. */
export interface MutantKind {
  /** Makes what the mutants are made from, once. */
  prepare(base: string): Promise<void>;
  /** Makes a mutant in an empty folder. @returns what was done, for messages. */
  mutate(chance: Chance, base: string, folder: string): string;
  /** Uses it as a person would. Throws what a person would see. */
  use(folder: string): Promise<void>;
}

/** JSON files and merges of model folders: each is loaded, asked for everything that its files say, and run when it is small. */
const models: MutantKind = {
  prepare: () => Promise.resolve(),
  mutate(chance, _base, folder) {
    const source = chance.pick([tiny, tiny, embedded]);
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)));
    for (const file of files) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      if (file.endsWith('.onnx')) symlinkSync(path.join(source, file), path.join(folder, file));
      else if (!/README|\.png$/.test(file)) cpSync(path.join(source, file), path.join(folder, file));
    }
    const texts = files.filter((file) => /\.(json|txt)$/.test(file));
    return mutateFile(
      chance,
      path.join(folder, chance.percent(4) ? chance.pick(files.filter((file) => file.endsWith('.onnx'))) : chance.pick(texts)),
    );
  },
  async use(folder) {
    const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const {
        sampleSize: { width, height },
        recommended,
      } = model;
      model.fitSize(640, 480);
      model.tokenizer.wordsOf('a red car on a (blue:1.2) background, and antidisestablishmentarianism');
      model.captions?.with('a red car', 'colour', 'blue');
      if (width * height <= 256 * 256)
        await model.generateVideo('a red car', {
          seed: 1,
          numInferenceSteps: Math.min(2, recommended.numInferenceSteps),
          numFrames: Math.min(2, model.windowFrames),
          onNotice: () => undefined,
        });
    } finally {
      await model.release();
    }
  },
};

let tinyModel: Promise<LatentDiffusionModel> | undefined;
const prompt = 'a red car on a blue background';

/** Captured runs: loaded, every part read, and gone on from. */
const runs: MutantKind = {
  async prepare(base) {
    const model = await LatentDiffusionModel.fromPretrained(tiny, { threads: 1 });
    const made = await model.generateVideo(prompt, {
      seed: 1,
      numInferenceSteps: 2,
      numFrames: 3,
      capture: { x0: true, noise: true, attention: ['car'] },
    });
    await made.run!.save(path.join(base, 'run'));
    await model.release();
  },
  mutate(chance, base, folder) {
    cpSync(path.join(base, 'run'), path.join(folder, 'run'), { recursive: true });
    return mutateFile(chance, path.join(folder, 'run', chance.percent(60) ? 'run.json' : 'tensors.safetensors'));
  },
  async use(folder) {
    const model = await (tinyModel ??= LatentDiffusionModel.fromPretrained(tiny, { threads: 1 }));
    const run = await Run.load(path.join(folder, 'run'), { model });
    await run.latents(1);
    await run.x0(2);
    run.attention('car').mass();
    await run.attention('car').mask(0.5);
    await run.pictures(1);
    await readThrough(run.result);
    await run.at(1).resume({ capture: false, onNotice: () => undefined });
    await run.save(path.join(folder, 'again'));
  },
};

/** Notebooks: read, written again, and every output of ours looked at as the renderer does. */
const notebooks: MutantKind = {
  prepare(base) {
    const leaf = { kind: 'leaf', valueType: 'number', text: '1' };
    const picture =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const clip = {
      path: 'story.frameloom/clip.mp4',
      width: 64,
      height: 64,
      fps: 8,
      frames: 16,
      duration: 2,
      strip: { picture, columns: 1, tileWidth: 1, tileHeight: 1, frames: [0] },
    };
    const atlas = { picture, columns: 1, tileWidth: 1, tileHeight: 1, frames: 1, rows: ['step 1 of 1'] };
    const data: Record<string, unknown> = {
      'application/vnd.frameloom.video+json': { type: 'video', ...clip, source: clip },
      'application/vnd.frameloom.tensor+json': {
        type: 'tensor',
        elementType: 'float32',
        dims: [1, 4],
        stats: { min: 0, max: 1, mean: 0, std: 1 },
        histogram: [1, 2],
        values: [1, 2],
        pictures: [{ label: 'x', picture, width: 1, height: 1 }],
      },
      'application/vnd.frameloom.tree+json': {
        type: 'tree',
        root: { kind: 'branch', valueType: 'array', name: 'Array', size: 1, entries: [{ key: '0', value: leaf }] },
      },
      'application/vnd.frameloom.preview+json': {
        type: 'preview',
        runId: 'r',
        state: 'done',
        step: 1,
        steps: 4,
        sheet: { picture, columns: 1, count: 1, frameWidth: 1, frameHeight: 1, fps: 8 },
      },
      'application/vnd.frameloom.run+json': {
        type: 'run',
        kind: 'edited',
        model: 'm',
        prompt: 'a car',
        seed: 1,
        views: ['steps'],
        fps: 8,
        width: 64,
        height: 64,
        stepCount: 1,
        steps: [{ step: 1, timestep: 999 }],
        x0: atlas,
        attention: { words: [{ text: 'car', bySteps: atlas, mass: [[0.1]] }] },
        schedule: { scheduler: 'D', timesteps: [999], sigmas: [12], logSnr: [-5], beginIndex: 0 },
      },
    };
    const cells = Object.entries(data).map(([mime, payload], i) => ({
      cell_type: 'code',
      id: `c${i}`,
      metadata: {},
      execution_count: i,
      source: ['1 + 1'],
      outputs: [{ output_type: 'display_data', data: { [mime]: payload, 'text/plain': ['x'] }, metadata: {} }],
    }));
    writeFileSync(path.join(base, 'story.ipynb'), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    return Promise.resolve();
  },
  mutate(chance, base, folder) {
    cpSync(path.join(base, 'story.ipynb'), path.join(folder, 'story.ipynb'));
    return mutateFile(chance, path.join(folder, 'story.ipynb'));
  },
  async use(folder) {
    const notebook = await readNotebook(path.join(folder, 'story.ipynb'));
    for (const { outputs } of notebook.cells) {
      for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
        const data = (output as { data?: unknown } | null)?.data;
        for (const [mime, payload] of Object.entries(typeof data === 'object' && data !== null ? data : {}))
          if (isOurMime(mime)) refusedInWords(() => checkPayload(mime, payload));
      }
    }
    await writeNotebook(path.join(folder, 'out.ipynb'), notebook);
  },
};

async function readThrough(video: Video | undefined): Promise<void> {
  for await (const { data } of video?.frames() ?? []) if (data.length === 0) throw new Error('a frame without pixels');
}

/** The renderer runs in a page without the library: what it refuses is an Error with its sentence. */
function refusedInWords(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Error) || !/^This output cannot be shown: /.test(error.message) || error.message.length > 2000) throw error;
  }
}

/** Videos of every container that is written here: opened, read, cut and saved again. */
const videos: MutantKind = {
  async prepare(base) {
    const samples = path.join(root, 'media', 'samples');
    for (const name of readdirSync(samples).filter((each) => each.endsWith('.mp4')))
      cpSync(path.join(samples, name), path.join(base, name));
    for (const [name, options] of [
      ['a.webm', ['-c:v', 'libvpx']],
      ['a.mkv', ['-c:v', 'libx264']],
      ['a.avi', ['-c:v', 'mpeg4']],
      ['a.ts', ['-c:v', 'libx264']],
      ['a.gif', []],
      ['a.mov', ['-c:v', 'mjpeg']],
    ] as const) {
      await ffmpeg([
        '-f',
        'lavfi',
        '-i',
        'testsrc=s=64x48:r=10:d=2',
        '-f',
        'lavfi',
        '-i',
        'sine=d=2',
        ...options,
        ...(name === 'a.gif' ? ['-an'] : ['-c:a', name === 'a.webm' ? 'libopus' : name === 'a.avi' ? 'mp3' : 'aac']),
        path.join(base, name),
      ]);
    }
  },
  mutate(chance, base, folder) {
    const name = chance.pick(readdirSync(base).filter((each) => /\.\w+$/.test(each)));
    cpSync(path.join(base, name), path.join(folder, name));
    return mutateFile(chance, path.join(folder, name));
  },
  async use(folder) {
    const file = path.join(folder, readdirSync(folder)[0] ?? 'gone.mp4');
    const video = await Video.open(file, { maxFrames: 40 });
    await readThrough(video);
    await (await video.trim({ start: 0, end: video.duration / 2 })).save(path.join(folder, 'out.mp4'));
  },
};

/** What mutants are made of. */
export const mutantKinds = { videos, runs, notebooks, models } as const;

/** The name of a kind. */
export type MutantKindName = keyof typeof mutantKinds;

/** Empties a folder, whatever stands in it. */
export function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
