import assert from 'node:assert/strict';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import type { EditPlan } from '../../src/pipeline/editing/chooseMethod.js';
import { maskFinder } from '../../src/pipeline/editing/foundMaps.js';
import { toldBeside } from '../../src/pipeline/editing/lookingAtSource.js';
import { Mask, PreparedMask } from '../../src/pipeline/masks/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { prepareRun } from '../../src/pipeline/pipelines/prepare.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

const reference = new ReferenceFile<{ runs: { source?: Stored }[] }>('wanRuns');
const shots = reference.frames(reference.index.runs.at(-1)!.source!);

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

/** Places at which two clips are not the same, by frame: whether each pixel changed. */
function changed(a: readonly Frame[], b: readonly Frame[]): boolean[][] {
  return a.map(({ data }, i) =>
    Array.from({ length: data.length / 3 }, (_, at) => [0, 1, 2].some((c) => data[at * 3 + c] !== b[i]!.data[at * 3 + c])),
  );
}

/** A bright square on dark ground that goes from the left side to the right. */
function movingSquares({ width, height }: { width: number; height: number }, count: number): Frame[] {
  return Array.from({ length: count }, (_, frame) => {
    const left = Math.round((frame * (width - 20)) / (count - 1));
    const data = new Uint8Array(3 * width * height);
    for (let y = 14; y < 34; y++) for (let x = left; x < left + 20; x++) data.fill(230, 3 * (y * width + x), 3 * (y * width + x) + 3);
    return { data, width, height };
  });
}

/** How nearly a map is a picture's brightness, or its opposite: the correlation, without its sign. */
function likeness({ data }: Tensor, { data: rgb }: Frame): number {
  const picture = Float64Array.from(data, (_, i) => rgb[3 * i]!);
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(data), mean(picture)];
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [data[i]! - a, picture[i]! - b];
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return Math.abs(both) / Math.sqrt(first * second + 1e-9);
}

for (const [name, title, size] of [
  ['wan', 'Wan 2.1', { width: 64, height: 48 }],
  ['ltx', 'LTX-Video', { width: 64, height: 64 }],
] as const)
  describe(`edits of a clip by ${title}`, () => {
    const options = { ...size, numInferenceSteps: 4, guidanceScale: 3, seed: 5, onNotice: () => undefined };
    let model: LatentDiffusionModel;
    let source: Video;
    let frames: Frame[];
    before(async () => {
      model = await LatentDiffusionModel.fromPretrained(checkpoint(name), { threads: 1 });
      source = await (await Video.fromFrames(shots, { fps: 8 })).resize({ ...size, fit: 'cover' });
      frames = await framesOf(source);
    });
    after(() => model?.release());

    it('FlowEdit leaves a clip as it is where prompt and caption are one, and changes it where they are not', async () => {
      const seen: Tensor[] = [];
      const flow = { ...options, method: 'flowedit', sourcePrompt: 'a dog', sourceGuidanceScale: 3 } as const;
      const edit = (prompt: string) => {
        seen.length = 0;
        return model.editVideo(source, prompt, { ...flow, callbackOnStepEnd: ({ latents }) => void seen.push(latents) });
      };
      const same = await framesOf(await edit('a dog'));
      assert.ok(seen.length > 1);
      const most = Math.max(...seen.flatMap((latents) => Array.from(latents.data, (value, i) => Math.abs(value - seen[0]!.data[i]!))));
      assert.ok(most < 1e-5, String(most));
      assert.notDeepEqual(await framesOf(await edit('a red car')), same);
      assert.ok(Math.max(...seen.at(-1)!.data.map((value, i) => Math.abs(value - seen[0]!.data[i]!))) > 1e-3);
    });

    for (const method of ['sdedit', 'flowedit'] as const)
      it(`${method} within a mask: outside every pixel is the source's`, async () => {
        const mask = Mask.rectangle({ x: 32, y: 0, width: 32, height: size.height });
        const sourcePrompt = method === 'flowedit' ? { sourcePrompt: 'a dog' } : {};
        const made = await framesOf(await model.editVideo(source, 'a red car', { ...options, ...sourcePrompt, method, mask }));
        const { width } = size;
        for (const frame of changed(made, frames)) {
          const where = frame.flatMap((is, at) => (is ? [at % width] : []));
          assert.ok(where.length > 0);
          assert.ok(Math.min(...where) >= width / 2, String(Math.min(...where)));
        }
      });

    it('finds the places of a word by what it attends to, and edits them alone', async () => {
      const edit = (threshold: number) =>
        model.editVideo(source, 'a red car', { ...options, method: 'sdedit', mask: Mask.word('car', { threshold }) });
      const share = async (threshold: number) => {
        const places = changed(await framesOf(await edit(threshold)), frames).flat();
        return places.filter(Boolean).length / places.length;
      };
      const [few, many] = [await share(0.9), await share(0.2)];
      assert.ok(few > 0 && few < many, `${few} of the pixels, and ${many}`);
      await assert.rejects(model.editVideo(source, 'a red car', { ...options, mask: Mask.word('dog') }), {
        code: 'FL_ARGUMENT',
        message: /a, red, car/,
      });
    });

    it('finds by itself where two texts disagree, and edits that alone', async () => {
      const run = (sourcePrompt: string) =>
        model.editVideo(source, 'a red car', { ...options, method: 'sdedit', sourcePrompt, mask: Mask.automatic() });
      const places = changed(await framesOf(await run('a dog')), frames).flat();
      const share = places.filter(Boolean).length / places.length;
      assert.ok(share > 0 && share < 1, `${share} of the pixels`);
    });
  });

describe('a mask that Wan 2.1 finds', () => {
  it('is that of each frame, by its own latent frame and picture', async () => {
    const size = { width: 64, height: 48 };
    const options = { ...size, numInferenceSteps: 4, guidanceScale: 3, seed: 5 };
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1 });
    try {
      const moving = movingSquares(size, 17);
      const run = await prepareRun(model, 'a red car', options, { ...size, frames: 17, fps: 8 }, true);
      const latents = await model.encodeFrames(moving);
      const mapOf = async (mask: Mask) => {
        const { found } = await PreparedMask.create(mask, await Video.fromFrames(moving, { fps: 8 }), undefined);
        const finder = await maskFinder(run, found, { sourcePrompt: 'a dog' } as EditPlan);
        return [...(await finder!.find(latents, moving)).values()][0]!;
      };
      assert.deepEqual((await mapOf(Mask.automatic())).dims, [17, 1, 48, 64]);
      const map = await mapOf(Mask.word('car', { threshold: 0.5 }));
      assert.deepEqual(map.dims, [17, 1, 48, 64]);
      // The square of each frame is elsewhere: half a clip away nothing of it is left.
      const like = (away: number) =>
        moving.reduce((sum, _, frame) => sum + likeness(map.slice(frame, frame + 1), moving[(frame + away) % 17]!), 0);
      const [own, other] = [like(0), like(8)];
      assert.ok(own > 5 && own > 1.5 * other, `${own} like their own pictures, ${other} like others`);
    } finally {
      await model.release();
    }
  });
});

describe('VACE finds what its mask is, by the Wan 2.1 in it', () => {
  const size = { width: 64, height: 48 };
  const options = { ...size, numInferenceSteps: 3, guidanceScale: 2, seed: 5, onNotice: () => undefined };

  it('looks at the source as the plain transformer does, and edits the places of a word, or those where two texts disagree', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const source = await Video.fromFrames(shots, { fps: 8 });
      const frames = await framesOf(await source.resize({ ...size, fit: 'cover' }));
      const referenceImages = await Video.fromFrames([shots[0]!], { fps: 8 });
      for (const mask of [Mask.word('car', { threshold: 0.6 }), Mask.automatic()])
        for (const further of [{}, { referenceImages }]) {
          const made = await framesOf(await vace.editVideo(source, 'a red car', { ...options, sourcePrompt: 'a dog', mask, ...further }));
          const places = changed(made, frames).flat();
          const share = places.filter(Boolean).length / places.length;
          assert.ok(share > 0 && share < 1, `${share} of the pixels`);
        }
    } finally {
      await vace.release();
      remove();
    }
  });

  it('without hints its predictions are those of its blocks alone', async () => {
    const { folder, remove } = checkpointFolder('wan', 'wan-vace');
    const vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
    try {
      const run = await prepareRun(vace, 'a red car', options, { ...size, frames: 5, fps: 8 }, false);
      const latents = run.noise.randn(vace.latentDims(5, size));
      const beside = await toldBeside(run, latents);
      const condition = await run.condition('a dog');
      const blind = await vace.unet.predict(latents, 500, { ...condition, ...beside });
      // Whatever the control is, hints that count for nothing change nothing.
      const shown = await vace.unet.predict(latents, 500, {
        ...condition,
        inputs: async (call) => {
          const inputs = await beside.inputs!(call);
          return { ...inputs, control_hidden_states: inputs.control_hidden_states!.map((_, i) => Math.sin(i)) };
        },
      });
      assert.deepEqual(shown.data, blind.data);
    } finally {
      await vace.release();
      remove();
    }
  });
});

describe('VACE keeps what a mask over time leaves out', () => {
  const { folder, remove } = checkpointFolder('wan', 'wan-vace');
  let vace: LatentDiffusionModel;
  before(async () => (vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await vace?.release();
    remove();
  });
  const over = (dark: readonly number[]) =>
    Video.fromFrames(
      shots.map(({ width, height, data }, i) => ({ width, height, data: new Uint8Array(data.length).fill(dark.includes(i) ? 0 : 255) })),
      { fps: 8 },
    );

  for (const [title, dark] of [
    ['first and last frame', [0, shots.length - 1]],
    ['the beginning of a clip that goes on', [0, 1, 2, 3, 4]],
  ] as const)
    it(title, async () => {
      const options = { width: 64, height: 48, numInferenceSteps: 3, guidanceScale: 1, seed: 2 };
      const clip = await Video.fromFrames(shots, { fps: 8 });
      const made = await framesOf(await vace.editVideo(clip, 'a', { ...options, mask: await over(dark) }));
      const inside = changed(made, shots).map((frame) => frame.filter(Boolean).length / frame.length);
      for (const [i, share] of inside.entries()) {
        if (dark.includes(i as 0)) assert.equal(share, 0, `frame ${i + 1}`);
        else assert.ok(share > 0.9, `frame ${i + 1}: ${share}`);
      }
    });
});
